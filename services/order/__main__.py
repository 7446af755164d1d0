from services.common.command import run
from services.order.service import ORDER

run(ORDER)
