"""Knows a request whose end is beyond doubt by its bytes, so that it can be refused without a parser.

It is meant to know too few. What could be read in two ways (RFC 9112, 11.2) is for the parser: a length that is
repeated or strange, a coding, a folded or bare line, an upgrade, a name or a value with odd characters.
"""

import re

# Health checks are never refused; in this shape of a target no path looks like another one.
_LINE = rb"(?:GET|POST) /(?!health/)[\w/.~-]*+(?:\?[\w/.~?&=+%:@!$'()*,;-]*+)? HTTP/1\.1\r\n"
# "Proxy-Connection" is a "Connection" to the parser.
_OTHER = rb"(?!(?i:content-length|transfer-encoding|expect|upgrade|(?:proxy-)?connection|http2-settings):)"
_FIELD = _OTHER + rb"[\w!#$%&'*+.^`|~-]++:[\t -~\x80-\xff]*+\r\n"
_KEPT = rb"(?i:connection:[ \t]*keep-alive[ \t]*\r\n)"
# As many before the length as after it.
_FIELDS = rb"(?>" + _FIELD + rb"|" + _KEPT + rb"){0,49}+"
# More digits than any body has.
_LENGTH = rb"(?i:content-length):[ \t]*([0-9]{1,9})[ \t]*\r\n"
_HEAD = re.compile(_LINE + _FIELDS + rb"(?:" + _LENGTH + _FIELDS + rb")?\r\n")


def is_plain(data: bytes) -> bool:
    """Tell whether these bytes are one whole request of HTTP/1.1, nothing less or more, after which others may come."""
    head = _HEAD.match(data)
    if head is None:
        return False
    length = head[1]
    return len(data) == head.end() + (0 if length is None else int(length))
