"""Makes a model's features of raw records, by what 'transform.json' says. Needs Python alone.

    from preprocess import features
    features([{"age": 41, "plan": "basic"}])      # a list of lists of numbers

Or one JSON record a line in, one JSON list of features a line out:

    python preprocess.py < records.jsonl
"""
import json
import math
import re
import struct
import sys
from datetime import date, datetime, timezone
from pathlib import Path

MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "?"}
LONGEST_LEVEL = 200
MS_PER_DAY = 86_400_000
WHITE_SPACE = " \t\n\r\v\f\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
WRITTEN = {
    decimal: re.compile(
        rf"(?:[1-9][0-9]{{0,2}}(?:([{other}'’ \u00a0\u202f])[0-9]{{3}})(?:\1[0-9]{{3}})*|[0-9]+)?"
        rf"(?:{re.escape(decimal)}[0-9]*)?(?:[eE][+-]?[0-9]+)?"
    )
    for decimal, other in ((".", ","), (",", "."))
}
GROUPING = {".": re.compile("[,'’ \u00a0\u202f]"), ",": re.compile("[.'’ \u00a0\u202f]")}
DATE = re.compile(
    r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})"
    r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
    r"|(Z|[+-][0-9]{2}:?[0-9]{2}))?"
)


def features(records, transform=None):
    """Records (dictionaries by column) to features: numbers and dates first, then one-hot blocks."""
    return _encode(records, transform, lambda each: each["impute"], _one_hot)


def codes(records, transform=None):
    """The same as trees take it: NaN for a missing number, and one code a category, NaN for none."""
    def code(operation, text):
        found = _code(operation, text)
        return [math.nan if found is None else float(found)]

    return _encode(records, transform, lambda _: math.nan, code)


def _encode(records, transform, missing_number, category):
    transform = transform or json.loads(Path(__file__).with_name("transform.json").read_text("utf-8"))
    missing = set(transform["missing"])
    operations = transform["operations"]
    scaled = [each for each in operations if each["kind"] != "categorical"]
    categorical = [each for each in operations if each["kind"] == "categorical"]

    def text(record, each):
        return _text(record.get(each["column"]), missing)

    return [
        [_scale(each, record.get(each["column"]), missing, missing_number(each)) for each in scaled]
        + [value for each in categorical for value in category(each, text(record, each))]
        for record in records
    ]


def _text(value, missing):
    """A cell as text, None where it is missing."""
    if value is None:
        return None
    text = _raw_text(value).strip(WHITE_SPACE)
    return None if text.lower() in MISSING or text in missing else text


def _raw_text(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _number_text(value):
    """The shortest decimal, as ECMAScript writes it: 1, 0.00001, 1e-7, 1e+21."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign, rest = ("-", repr(value)[1:]) if value < 0 else ("", repr(value))
    mantissa, _, exponent = rest.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The number is 0.<digits> times ten to the point.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _scale(operation, cell, missing, missing_number):
    text = _text(cell, missing)
    if operation["kind"] == "target":
        value = _mean(operation, text)
    elif operation["kind"] == "numeric" and "format" in operation and isinstance(cell, str):
        value = None if text is None else _written_number(text, **operation["format"])
    else:
        value = None if text is None else _READERS[operation["kind"]](operation, text)
    value = missing_number if value is None else value
    if "clip" in operation and not math.isnan(value):
        value = min(max(value, operation["clip"]["low"]), operation["clip"]["high"])
    if operation.get("log"):
        value = math.copysign(math.log1p(abs(value)), value)
    elif "power" in operation:
        value = _power(value, operation["power"])
    return _single((value - operation["shift"]) / operation["scale"])


def _power(value, power):
    """The power of Yeo and Johnson."""
    if value < 0:
        return -((1 - value) ** (2 - power) - 1) / (2 - power)
    return ((1 + value) ** power - 1) / power


def _mean(operation, text):
    """Mean of the target among rows with this level."""
    if text is None:
        return operation["missing"]
    name = _level_name(text)
    levels = operation["levels"]
    return operation["values"][levels.index(name)] if name in levels else operation["impute"]


def _single(value):
    """Rounded to 32 bits, which the model was trained on."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def _read_number(_, text):
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    try:
        _single(value)
    except OverflowError:
        return None
    return value


def _written_number(text, decimal, unit):
    """`1.234,50 €`, `$1,234.50`, `(12)` for −12: as people write numbers."""
    negated = text.startswith("(") and text.endswith(")")
    rest, sign = (text[1:-1].strip(WHITE_SPACE), "-") if negated else (text, "")
    if not sign and rest[:1] in ("-", "+", "−") and rest:
        sign, rest = "+" if rest[0] == "+" else "-", rest[1:].strip(WHITE_SPACE)
    if unit and rest.startswith(unit):
        rest = rest[len(unit) :].strip(WHITE_SPACE)
    elif unit and rest.endswith(unit):
        rest = rest[: -len(unit)].strip(WHITE_SPACE)
    if not sign and rest[:1] in ("-", "+", "−") and rest:
        sign, rest = "+" if rest[0] == "+" else "-", rest[1:].strip(WHITE_SPACE)
    if not re.search("[0-9]", rest) or not WRITTEN[decimal].fullmatch(rest):
        return None
    return _read_number(None, sign + GROUPING[decimal].sub("", rest).replace(",", "."))


def _read_boolean(_, text):
    if text.lower() in ("true", "yes", "t", "y", "1"):
        return 1
    return 0 if text.lower() in ("false", "no", "f", "n", "0") else None


def _read_date(operation, text):
    moment = _moment(text)
    return None if moment is None else _part(moment, operation["part"])


_READERS = {"numeric": _read_number, "boolean": _read_boolean, "date": _read_date}


def _moment(text):
    """Milliseconds since 1970, UTC; None for what is no date."""
    match = DATE.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, zone, day_zone = match.groups()
    days = _days(int(year), int(month), int(day))
    if _civil(days)[1:] != (int(month), int(day)):
        return None
    hour, minute, second = int(hour or 0), int(minute or 0), float(second or 0)
    if hour >= 24 or minute >= 60 or second >= 61:
        return None
    time = math.floor(((hour * 60 + minute) * 60 + second) * 1000 + 0.5)
    return days * MS_PER_DAY + time - _offset(zone or day_zone)


def _offset(zone):
    if zone in (None, "Z"):
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return (-1 if zone[0] == "-" else 1) * minutes * 60_000


def _days(year, month, day):
    """Days since 1970, counted in years that begin in March."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def _civil(days):
    """Year, month and day."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    return year + era * 400 + month // 10, month + 3 - 12 * (month // 10), day


def _part(moment, part):
    """A part of a moment, in UTC; Monday is 0. Of a cycle, sine and cosine of its angle."""
    days = moment // MS_PER_DAY
    name, _, wave = part.partition(".")
    if wave:
        year, month, _ = _civil(days)
        gone, period = {
            "month": (month - 1, 12),
            "weekday": ((days + 3) % 7, 7),
            "hour": (moment % MS_PER_DAY / 3_600_000, 24),
            "yearday": (days - _days(year, 1, 1), 365.25),
        }[name]
        return (math.sin if wave == "sin" else math.cos)(2 * math.pi * gone / period)
    if part == "days":
        return moment / MS_PER_DAY
    if part == "hour":
        return moment % MS_PER_DAY // 3_600_000
    if part == "weekday":
        return (days + 3) % 7
    return _civil(days)[("year", "month", "day").index(part)]


def _one_hot(operation, text):
    code = _code(operation, text)
    return [1.0 if place == code else 0.0 for place in range(_size(operation))]


def _places(operation):
    return operation["hash"]["buckets"] if "hash" in operation else len(operation["levels"])


def _size(operation):
    return _places(operation) + operation["other"] + operation["missing"]


def _code(operation, text):
    """The place of a level, None where it has none."""
    levels = operation["levels"]
    if text is None:
        return _size(operation) - 1 if operation["missing"] else None
    name = _level_name(text)
    if name in levels:
        place = levels.index(name)
        return operation["hash"]["codes"][place] if "hash" in operation else place
    return _places(operation) if operation["other"] else None


def _level_name(text):
    # Length in UTF-16 code units, which ECMAScript counts in.
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_LEVEL:
        return text
    return units[: 2 * LONGEST_LEVEL].decode("utf-16-le", "surrogatepass") + "…"


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(features([json.loads(line)])[0]))
