from services.common.command import run
from services.recs.service import RECS

run(RECS)
