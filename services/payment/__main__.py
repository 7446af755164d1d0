from services.common.command import run
from services.payment.service import PAYMENT

run(PAYMENT)
