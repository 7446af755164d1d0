"""The log: one JSON object per line, made by structlog, into which no personal data can get.

Only the fields below are written. What a library logs is written without the values in it, and an exception by its
type and the lines that it came through, without its message. What still looks like a token, an address of mail or a
card's number is cut out.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from downstream import trace

# Ours and all that is known of a request without knowing the person.
FIELDS = frozenset(
    {
        "time",
        "level",
        "logger",
        "event",
        "raised",
        "through",
        "id",
        "path",
        "limit",
        "most",
        "cost",
        "operation",
        "client",
        "status",
        "codes",
        "seconds",
        "document",
        "trace",
        "transport",
        "events",
    }
)
# Their messages are made of what we put in, and tests look at them; of a library's only the words are known.
OUR_PACKAGES = frozenset({"gateway", "schema", "resolvers", "loaders", "downstream", "engine"})
CUT = "[cut]"

PERSONAL = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"
    r"|(?i:bearer)\s+\S+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\b\d(?:[ -]?\d){12,18}\b"
)
# Every line has these from ourselves; nothing that a client sends gets into them.
_OWN = frozenset({"time", "level", "logger", "trace"})
# asyncio writes exceptions, tasks and arguments of callbacks into the text itself, each of them behind a bracket.
_WORDS = re.compile(r"(?:[A-Za-z_.,! -]|\(\))*")
# What is personal has one of these, which takes a tenth of the time to look for.
_SUSPICIOUS = re.compile(r"eyJ|(?i:bearer)|@|\d(?:[ -]?\d){12}")


# A line per request goes past the standard library, which makes a record, copies it and looks up who handles it: 7 µs
# instead of 29. It is what ``configure`` makes it; before that there is none.
_lines = structlog.get_logger()


def configure(level: str) -> None:
    """Send everything that this process logs to stderr: as JSON, or for people where a terminal is there."""
    # Who called, and in which thread and process, is in no line, and takes a quarter of the time to find out.
    logging._srcfile = None  # noqa: SLF001  as logging's documentation has it
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(for_people=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    if not sys.stderr.isatty():
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                _with_trace,
                _only_fields,
                structlog.processors.JSONRenderer(_json_bytes),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
            cache_logger_on_first_use=True,
        )


def tell(logger: logging.Logger, event: str, fields: Mapping[str, Any]) -> None:
    """Write one line about a request or an operation, if the logger takes that.

    Args:
        logger: Whose line it is.
        event: What it is about.
        fields: What is known of it, by names among ``FIELDS``.
    """
    if logger.isEnabledFor(logging.INFO):
        if structlog.is_configured():
            _lines.info(event, logger=logger.name, **fields)
        else:
            logger.info(event, extra=fields)


def formatter(*, for_people: bool = False) -> logging.Formatter:
    """Return what turns a record of the standard library into a line."""
    renderer = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer(_json)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _without_values,
            _without_message,
            _with_trace,
        ],
        processors=[_only_fields, renderer],
    )


def _without_values(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record: logging.LogRecord = event["_record"]
    if record.name.partition(".")[0] not in OUR_PACKAGES:
        message = str(record.msg)
        # What was filled in is beside it; else it is in it.
        if record.name == "asyncio" and message == event["event"] and (words := _WORDS.match(message)) is not None:
            message = words[0]
        event["event"] = message.strip()
    return event


def _without_message(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = event.pop("exc_info", None)
    if isinstance(info, tuple) and info[0] is not None:
        event["raised"] = info[0].__name__
        frames = traceback.extract_tb(info[2])
        event["through"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _with_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (known := trace.known()) is not None:
        event["trace"] = known.id
    return event


def _only_fields(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: value if name in _OWN else _cut(value) for name, value in event.items() if name in FIELDS}


def _cut(value: object) -> object:
    if isinstance(value, str):
        return PERSONAL.sub(CUT, value) if _SUSPICIOUS.search(value) else value
    return [_cut(one) for one in value] if isinstance(value, list | tuple) else value


def _json(event: Mapping[str, Any], **_options: object) -> str:
    return _json_bytes(event).decode()


def _json_bytes(event: Mapping[str, Any], **_options: object) -> bytes:
    return orjson.dumps(event, default=lambda value: type(value).__name__)
