"""Reads C++ as text, well enough for lint rules on code that clang-format has laid out.

No parser: comments, literals and preprocessor lines are blanked (positions stay), then braces are
matched and named by what stands before them.
"""

import re
from dataclasses import dataclass

_LITERALS = re.compile(
    r"""
      //(?:\\\n|[^\n])*                        # line comment, continued by a backslash
    | /\*.*?\*/                                # block comment
    | \b(?:u8|u|U|L)?R"(?P<delimiter>[^()\s\\]*)\(.*?\)(?P=delimiter)"  # raw string
    | "(?:\\.|[^"\\\n])*"                      # string
    | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'     # character, not a digit separator
    """,
    re.VERBOSE | re.DOTALL,
)
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
_OPERATOR_NAME = re.compile(r"\boperator\s*(?:\(\)|[^\s\w(]+)")


def _spaces(text):
    return re.sub(r"[^\n]", " ", text)


def blank_literals(text):
    """`text` with comments, strings and characters as spaces; quotes and line breaks stay."""

    def blank(match):
        literal = match.group(0)
        if literal.startswith("/"):
            return _spaces(literal)
        first = min(literal.find(quote) for quote in "\"'" if quote in literal)
        return literal[: first + 1] + _spaces(literal[first + 1 : -1]) + literal[-1]

    return _LITERALS.sub(blank, text)


def blank_preprocessor(code):
    return _PREPROCESSOR.sub(lambda match: _spaces(match.group(0)), code)


def raw_string_lines(text):
    """The numbers of the lines that a raw string covers."""
    lines = set()
    for match in _LITERALS.finditer(text):
        if match.group("delimiter") is not None:
            first = line_of(text, match.start())
            lines.update(range(first, first + match.group(0).count("\n") + 1))
    return lines


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def without_parentheses(text):
    """`text` less all that stands in round brackets."""
    previous = None
    while previous != text:
        previous, text = text, re.sub(r"\([^()]*\)", "", text)
    return text


def _without_template_heading(header):
    """`template <typename T = int> void F()` -> `void F()`."""
    while header.startswith("template"):
        depth, end = 0, len(header)
        for match in re.finditer(r"[<>]", header):
            depth += 1 if match.group(0) == "<" else -1
            if depth == 0:
                end = match.end()
                break
        header = header[end:].lstrip()
    return header


@dataclass
class Block:
    kind: str  # namespace, type, function, value (an initialiser), inner
    header: str  # what stands before the brace
    open: int
    close: int = -1


@dataclass
class Statement:
    """Outside functions: what ends in a semicolon."""

    text: str
    position: int
    scope: str  # namespace or type


def _kind(header, glued):
    """What a brace opens outside functions. `glued`: no space before it, as in `member_{value}`."""
    header = _without_template_heading(header)
    bare = without_parentheses(_OPERATOR_NAME.sub("operator", header))
    if re.search(r"\bnamespace\b", bare) or re.match(r'extern\s*"', header):
        return "namespace"
    if glued or re.search(r"(?<![=!<>])=(?!=)", bare):
        return "value"
    if re.search(r"\b(class|struct|union|enum)\b", header.split("(")[0]):
        return "type"
    return "function" if "(" in header else "inner"


def scan(code):
    """(blocks, statements outside functions) of blanked code; blocks in functions are `inner`."""
    code = blank_preprocessor(code)
    blocks, statements = [], []
    stack = []  # Block, or None for an open round bracket
    start = 0  # of the header or statement in the making
    for match in re.finditer(r"[(){};]", code):
        token, at = match.group(0), match.start()
        outside = all(b is not None and b.kind in ("namespace", "type") for b in stack)
        if token == "(":
            stack.append(None)
        elif token == ")":
            if stack and stack[-1] is None:
                stack.pop()
        elif token == "{":
            raw = code[start:at]
            header = re.sub(r"^(?:\s*(?:public|private|protected)\s*:(?!:))+", "", raw).strip()
            glued = bool(re.search(r"[\w>\]]$", raw))
            block = Block(_kind(header, glued) if outside else "inner", header, at)
            blocks.append(block)
            stack.append(block)
            if block.kind in ("namespace", "type"):
                start = at + 1
        elif token == "}":
            while stack and stack[-1] is None:
                stack.pop()
            if stack:
                block = stack.pop()
                block.close = at
                if block.kind in ("namespace", "type", "function"):
                    start = at + 1
        elif outside:
            text = code[start:at]
            scope = stack[-1].kind if stack else "namespace"
            lead = len(text) - len(text.lstrip())
            statements.append(Statement(text.strip(), start + lead, scope))
            start = at + 1
    return blocks, statements


def functions(code):
    """(name, position of the opening brace, position of the closing brace) of each function."""
    found = []
    for block in scan(code)[0]:
        if block.kind == "function" and block.close > 0:
            name = re.search(r"([^\s()*&]+)\s*\(", block.header)
            found.append((name.group(1) if name else "function", block.open, block.close))
    return found


_LAMBDA = re.compile(r"(?<![\w\])\[])\[(?P<capture>[^\[\]]*)\](?=\s*(?:[({<]|mutable|->|noexcept))")


def lambdas(code):
    """(position, capture, body) of each lambda, inner ones first; bodies without inner lambdas."""
    found, text = [], code
    for match in reversed(list(_LAMBDA.finditer(code))):
        body_open = _lambda_body(text, match.end())
        if body_open < 0:
            continue
        body_close = matching(text, body_open)
        body = text[body_open : body_close + 1]
        found.append((match.start(), match.group("capture").strip(), body))
        text = text[:body_open] + _spaces(body) + text[body_close + 1 :]
    return found


def _lambda_body(text, after):
    """The position of the brace that opens the body, past parameters and return type; or -1."""
    depth = 0
    for match in re.finditer(r"[(){};]", text[after:]):
        token = match.group(0)
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
        elif token == "{" and depth == 0:
            return after + match.start()
        if depth < 0 or (depth == 0 and token in ";}"):
            return -1
    return -1


def matching(text, opening):
    """The position of the bracket that closes the one at `opening` (the end where none does)."""
    closing = {"{": "}", "(": ")", "[": "]"}[text[opening]]
    depth = 0
    for position in range(opening, len(text)):
        if text[position] == text[opening]:
            depth += 1
        elif text[position] == closing:
            depth -= 1
            if depth == 0:
                return position
    return len(text) - 1


def innermost_open_bracket(text):
    """The position of the round bracket still open at the end of `text`, in its block, or -1."""
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        if text[position] in ")]}":
            depth += 1
        elif text[position] in "([{":
            depth -= 1
            if depth < 0:
                return position if text[position] == "(" else -1
    return -1


def statement_around(code, position):
    """(what stands before `position` in its statement, what follows, how that ends).

    The part before goes back over an open bracket, so `if (T x = co_await` is whole.
    The part after ends before `;` or before the end of a bracket that was opened earlier.
    """
    start, depth = position, 0
    while start > 0:
        char = code[start - 1]
        if char in ")]":
            depth += 1
        elif char in "([":
            depth = max(depth - 1, 0)
        elif char in "{}" and depth == 0:
            break
        elif char == ";" and depth == 0 and innermost_open_bracket(code[:start]) < 0:
            break
        start -= 1
    end = position
    while end < len(code):
        char = code[end]
        if char in "([{":
            end = matching(code, end)
        elif char in ";)]}":
            break
        end += 1
    last = code[end] if end < len(code) else ""
    return code[start:position], code[position:end], last
