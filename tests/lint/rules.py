"""The house rules, one small function each; RULES and TREE_RULES at the end list them.

A rule takes a Source (or all paths) and yields (line, rule, what is wrong, what to do).
"""

import ast
import re
from dataclasses import dataclass
from functools import cached_property

import cpp_text

LINE_LENGTH_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
LONG_FILE_LINES_MAX = 1000
# Files that may have more than FILE_LINES_MAX lines: path -> why splitting it would read worse.
LONG_FILES = {}

# Names that may stand at the top level, beside dotfiles.
TOP_LEVEL = set(
    "CMakeLists.txt CMakePresets.json Dockerfile LICENSE README.md dev "
    "clients helm proto server services tests".split()
)

# --- Dependencies: which module may include which (itself always). They point one way.

ANY = "any"  # a composition root: it may include everything
API, STORAGE, CONFIG = "segue/v1", "segue/storage/v1", "segue/config/v1"  # generated protos

MODULES = {
    "server/main.cc": ANY,
    "server/base": set(),
    "server/language": {"server/base"},
    "server/engine": {"server/base", "server/language"},
    "server/async": {"server/base"},
    # Listens to the others through the observers that they declare.
    "server/observability": {
        "server/base", "server/engine", "server/scheduler", "server/api/grpc", "server/api/states",
        "services/registry",
    },
    "server/config": {"server/base", CONFIG},
    # The wiring of the process: names everything.
    "server/process": ANY,
    "server/store": {"server/base", "server/async", STORAGE},
    "server/store/memory": {"server/base", "server/async", "server/store", STORAGE},
    "server/store/rocksdb": {"server/base", "server/async", "server/store", STORAGE},
    "server/scheduler": {
        "server/base", "server/language", "server/engine", "server/async", "server/store",
        "services/connector", "services/registry", "services/budget", STORAGE,
    },
    "server/api/grpc": {
        "server/base", "server/language", "server/engine", "server/async", "server/scheduler",
        "services/connector", "services/registry", API,
    },
    "server/api/states": {
        "server/base", "server/language", "server/engine", "server/async", "server/scheduler",
        "services/connector", "services/registry",
    },
    "services/budget": {"server/base"},
    "services/connector": {"server/base", "server/async"},
    "services/connector/grpc": {"server/base", "server/async", "services/connector", CONFIG},
    "services/connector/http": {"server/base", "server/async", "services/connector", CONFIG},
    "services/connector/aws": {"server/base", "services/connector/http"},
    "services/connector/lambda": {
        "server/base", "server/async", "services/connector", "services/connector/aws",
        "services/connector/http", CONFIG,
    },
    "services/connector/objects": {
        "server/base", "server/async", "services/connector", "services/connector/aws",
        "services/connector/http",
    },
    "services/connector/worker": {"server/base", "server/async", "services/connector"},
    "services/registry": {
        "server/base", "server/async", "services/budget", "services/connector", CONFIG,
    },
    "services/samples": ANY,
    "clients/cpp": {"server/base", "server/async", API},
    # `segue eval` answers as the server would, by the same code.
    "clients/cli": {"server/base", "server/async", "server/language", "clients/cpp", API},
    "clients/load": {"server/base", "server/async", "clients/cpp", "services/samples", API},
}  # fmt: skip
# Contracts whose implementations, in their subfolders, are modules of their own: named only by
# composition roots, tests and themselves.
CONTRACTS = ("server/store", "services/connector")
# Folders that hold modules side by side, which know nothing of each other.
SEPARATE = ("server/api",)

PURE = (
    "server/base/", "server/language/", "server/engine/", "server/api/states/history.",
    "services/budget/",
)  # fmt: skip

# --- Sources and findings

# Rules that `// lint: allow(rule): reason` may silence, on its line and on the next line of code.
WAIVABLE = {"bool", "function-length", "purity", "real-time", "singleton"}
_WAIVER = re.compile(r"// lint: allow\((?P<rule>[\w-]*)\)(?P<reason>: \S)?")


@dataclass(frozen=True)
class Source:
    """One file: its path from the repository's root, and its text."""

    path: str
    text: str

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        """C++ with comments and literals blanked, positions kept."""
        return cpp_text.blank_literals(self.text)

    def line(self, position):
        return cpp_text.line_of(self.text, position)

    @property
    def is_header(self):
        return self.path.endswith(".h")

    @property
    def is_cpp(self):
        return self.path.endswith((".h", ".cc"))

    @property
    def is_python(self):
        return self.path.endswith(".py")

    @property
    def is_source(self):
        """Written by us, read by people: lengths count."""
        suffixes = (".h", ".cc", ".py", ".proto", ".sh", ".js", ".ts", ".css")
        own = not self.path.startswith("proto/google/")
        return own and (self.path.endswith(suffixes) or self.path in ("dev", ".ci/run"))

    @property
    def is_product(self):
        """C++ of the server itself; samples stand in for other people's services."""
        inside = self.path.startswith(("server/", "services/"))
        return self.is_cpp and inside and not self.path.startswith("services/samples/")

    @cached_property
    def waivers(self):
        """{(line, rule)} that the file's own comments allow."""
        allowed = set()
        for number, line in enumerate(self.lines, 1):
            match = _WAIVER.search(line)
            if match and match["reason"]:
                end = number
                while line.lstrip().startswith("//") and end < len(self.lines):
                    line = self.lines[end]
                    end += 1
                allowed.update({(number, match["rule"]), (end, match["rule"])})
        return allowed


# --- Layering

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<quote>["<])(?P<path>[^">]+)', re.MULTILINE)


def module_of(path):
    """server/api/grpc/a.cc -> server/api/grpc; server/store/memory/a.cc -> server/store/memory."""
    parts = path.split("/")
    folder = "/".join(parts[:2])
    contract = folder in CONTRACTS + SEPARATE and len(parts) > 3
    apart = "/".join(parts[:3]) in MODULES
    return "/".join(parts[: 3 if contract or apart else 2])


def _included_module(path):
    path = path.removeprefix("proto/")
    if path.startswith("segue/"):
        return path.rpartition("/")[0]
    if path.startswith(("server/", "services/", "clients/")):
        return module_of(path)
    return "tests" if path.startswith("tests/") else None


def layering(source):
    if not source.is_cpp:
        return
    module = module_of(source.path)
    if source.path.startswith("tests/"):
        allowed = ANY
    elif module not in MODULES:
        yield (1, "layering", f"the module {module} is not in the table",
               "add it and what it may include to MODULES in tests/lint/rules.py")
        return
    else:
        allowed = MODULES[module]
    for match in _INCLUDE.finditer(source.text):
        path, line = match["path"], source.line(match.start("path"))
        included = _included_module(path)
        if match["quote"] == '"' and "/" not in path:
            yield (line, "layering", f'"{path}" is relative to this folder',
                   "include it by its path from the repository's root")
        elif included and included != module and allowed != ANY and included not in allowed:
            yield (line, "layering", f"{module} may not include {included}",
                   f"it may include {', '.join(sorted(allowed)) or 'nothing of ours'}: turn the "
                   "dependency round, or take what you need through the constructor")


# --- Banned tokens


@dataclass(frozen=True)
class Ban:
    rule: str
    pattern: str
    where: object  # Source -> bool
    instead: str
    except_in: tuple = ()


def _pure(source):
    return source.is_cpp and source.path.startswith(PURE)


def _product(source):
    return source.is_product


def _product_or_fast_test(source):
    fast = ("tests/unit/", "tests/conformance/", "tests/simulation/", "tests/support/")
    return source.is_product or (source.is_cpp and source.path.startswith(fast))


BANS = (
    Ban("purity", r"\bstd::(?:j?thread|\w*mutex|condition_variable\w*|scoped_lock|lock_guard)\b"
        r"|\babsl::(?:Mutex|CondVar|Notification)\b|[<\"](?:thread|mutex|pthread\.h)[>\"]",
        _pure, "pure modules have no threads: the shard calls them from one"),
    Ban("purity", r"\bstd::chrono\b|[<\"]chrono[>\"]",
        _pure, "use absl::Duration, and take `now` as an absl::Time parameter"),
    Ban("purity", r"\bs?rand\(|\bstd::random_device\b|\bstd::mt19937\w*|\babsl::\w*BitGen\w*",
        _pure, "take a segue::Random, which is seeded"),
    Ban("purity", r"\bgrpc::|\bgrpc_\w+\(|[<\"]grpc(?:pp)?/|\brocksdb::|[<\"]rocksdb/",
        _pure, "keep it in its adapter and pass plain values"),
    Ban("purity", r"\b(?:\w+_)?[DVP]?LOG\(|\bstd::c(?:out|err|log)\b|\bv?f?printf\(|\bf?puts\(",
        _pure, "return a value or a Status; the caller logs", ("server/base/check.cc",)),
    Ban("real-time", r"\bsleep_(?:for|until)\b|\babsl::SleepFor\b|\b(?:u|nano)?sleep\(",
        _product_or_fast_test, "wait for an event or a timer of the executor"),
    Ban("real-time", r"\b(?:system|steady|high_resolution)_clock::now\b|\babsl::Now\("
        r"|\babsl::GetCurrentTimeNanos\(|\bgpr_now\(|\bclock_gettime\(|\bgettimeofday\("
        r"|\btime\((?:nullptr|NULL|0)\)",
        _product, "take `now` as a parameter, or a segue::Clock through the constructor",
        ("server/base/clock.cc",)),
    Ban("exceptions", r"\bcatch\s*\(\s*\.\.\.\s*\)",
        _product, "catch what the library documents, at its adapter, and return a Status"),
    Ban("using-std", r"\busing namespace std\b", _product, "write std:: or name what you use"),
)  # fmt: skip


def banned_tokens(source):
    for ban in BANS:
        if ban.where(source) and source.path not in ban.except_in:
            includes = "\n".join(  # their paths are literals, so they are blank in `code`
                line if _INCLUDE.match(line) else code
                for line, code in zip(source.lines, source.code.split("\n"))
            )
            for match in re.finditer(ban.pattern, includes):
                line = includes.count("\n", 0, match.start()) + 1
                yield line, ban.rule, f"`{match.group(0)}` may not stand here", ban.instead


def nolint_has_reason(source):
    if not source.is_cpp:
        return
    good = re.compile(r"NOLINT(?:NEXTLINE|BEGIN)?\([\w.,*\- ]+\): \S")
    for number, line in enumerate(source.lines, 1):
        found = re.search(r"\bNOLINT(?:NEXTLINE|BEGIN)?\b", line)
        if found and not good.match(line[found.start() :]):
            yield (number, "nolint", "NOLINT without its check or its reason",
                   "write NOLINT(check-name): why")


def waivers_are_sound(source):
    if not source.is_cpp:
        return
    for number, line in enumerate(source.lines, 1):
        match = _WAIVER.search(line)
        if not match:
            continue
        if match["rule"] not in WAIVABLE:
            yield (number, "waiver", f"`{match['rule']}` cannot be allowed by a comment",
                   f"mend the fault (allowed by comment: {', '.join(sorted(WAIVABLE))})")
        elif not match["reason"]:
            yield (number, "waiver", "no reason given",
                   f"write // lint: allow({match['rule']}): why")


# --- Singletons

_STATIC = re.compile(
    r"(?<=[;{}\n])[ \t]*(?P<text>(?:static|thread_local|inline)\s[^;{}()=]*?[\w>\]])\s*[;={]"
)
_PLAIN_VARIABLE = re.compile(r"[\w:]+(?:<.*>)?[&* ]+\w+(?:\[\w*\])?$", re.DOTALL)
_NO_VARIABLE = re.compile(
    r"\b(?:const|constexpr|using|typedef|class|struct|union|enum|friend|template|extern|namespace"
    r"|concept|operator|return|co_return|goto|static_assert)\b"
)


def singletons(source):
    """Mutable statics, and mutable variables of a namespace. `const` anywhere in it passes."""
    if not source.is_product:
        return
    code = cpp_text.blank_preprocessor(source.code)
    found = {m.start("text"): m["text"] for m in _STATIC.finditer("\n" + code)}
    found = {position - 1: text for position, text in found.items()}
    for statement in cpp_text.scan(source.code)[1]:
        name = re.split(r"[={(]", statement.text)[0].strip()
        if statement.scope == "namespace" and _PLAIN_VARIABLE.match(name):
            if "(" not in statement.text.split("=")[0].split("{")[0]:
                found[statement.position] = name
    for position, text in found.items():
        if not _NO_VARIABLE.search(text):
            name = " ".join(text.split())
            yield (source.line(position), "singleton", f"`{name}` is shared state",
                   "make it a member of an object that main builds, or const")


# --- Lengths


def file_length(source):
    count = len(source.lines)
    if not source.is_source or count <= FILE_LINES_MAX:
        return
    if source.path not in LONG_FILES:
        yield (count, "file-length", f"{count} lines, more than {FILE_LINES_MAX}",
               "split it by what it does (or list it with its reason in LONG_FILES)")
    elif count > LONG_FILE_LINES_MAX:
        yield (count, "file-length", f"{count} lines, more than {LONG_FILE_LINES_MAX}", "split it")


def line_length(source):
    if not source.is_source:
        return
    raw = cpp_text.raw_string_lines(source.text) if source.is_cpp else set()
    for number, line in enumerate(source.lines, 1):
        free = number in raw or "://" in line or _INCLUDE.match(line)
        if len(line) > LINE_LENGTH_MAX and not free:
            yield (number, "line-length", f"{len(line)} columns, more than {LINE_LENGTH_MAX}",
                   "break the line")


def function_length(source):
    found = []  # (name, first line, number of lines)
    if source.is_cpp:
        for name, opening, closing in cpp_text.functions(source.code):
            first = source.line(opening)
            found.append((name, first, source.line(closing) - first + 1))
    elif source.is_python:
        for node in ast.walk(ast.parse(source.text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found.append((node.name, node.lineno, node.end_lineno - node.lineno + 1))
    for name, line, count in found:
        if count > FUNCTION_LINES_MAX:
            yield (line, "function-length",
                   f"{name} has {count} lines, more than {FUNCTION_LINES_MAX}",
                   "give its parts names of their own")


# --- Coroutines

_CONTROL = re.compile(r"^(?:case\b.*?[^:]:(?!:)|default:|else\b|do\b)\s*", re.DOTALL)
_CONDITION = re.compile(r"^(?:if|for|while|switch)\b\s*(?:constexpr\s*)?(?=\()")
_TARGET = r"(?:[\w:<>,*&\[\]. ]|->)+ = "  # `T x = `, `auto& [a, b] = `, `x->y = `
_FORMS = re.compile(rf"^(?:co_return |{_TARGET})?$")
_IF_FORM = re.compile(rf"^if \({_TARGET}$")
_INFIX = re.compile(r" (?:[-+*/%<>?&|^]|[=!<>]=|&&|\|\||<<|>>|<=>) ")


def _co_await_fault(before, after, last):
    """What is wrong with `before` co_await `after`, or None."""
    before = " ".join(before.split()) + (" " if before[-1:].isspace() else "")
    before, previous = before.lstrip(), None
    while before != previous:
        previous, before = before, _CONTROL.sub("", before)
        condition = _CONDITION.match(before)
        if condition:
            end = cpp_text.matching(before, condition.end())
            if end < len(before.rstrip()) and before[end] == ")":
                before = before[end + 1 :].lstrip()
    if "{" in after:
        return "a lambda or a braced value stands inside a co_await: give it a name first"
    after = " ".join(cpp_text.without_parentheses(after).split())
    formed = _FORMS.match(before) or _IF_FORM.match(before)
    words = set(re.findall(r"\w+", before)) & {"return", "throw", "co_yield", "co_await"}
    if not formed or words or last != ";" or _INFIX.search(after):
        return "co_await stands inside an expression"
    return None


def co_await_forms(source):
    if not source.is_cpp:
        return
    mend = ("write `T x = co_await e;`, `x = co_await e;`, `co_await e;`, `co_return co_await e;` "
            "or `if (T s = co_await e; ...)`")
    for match in re.finditer(r"^[ \t]*#(?:\\\n|[^\n])*\bco_await\b", source.code, re.MULTILINE):
        yield source.line(match.start()), "co_await", "a macro hides a co_await", mend
    code = cpp_text.blank_preprocessor(source.code)
    for match in re.finditer(r"(?<!operator )\bco_await\b", code):
        before, after, last = cpp_text.statement_around(code, match.start())
        fault = _co_await_fault(before, after.removeprefix("co_await"), last)
        if fault:
            yield source.line(match.start()), "co_await", fault, mend


def no_capturing_lambda_coroutines(source):
    if not source.is_cpp or "co_" not in source.code:
        return
    for position, capture, body in cpp_text.lambdas(cpp_text.blank_preprocessor(source.code)):
        if capture and re.search(r"\bco_(?:await|return|yield)\b", body):
            yield (source.line(position), "co_await", f"the lambda coroutine captures [{capture}]",
                   "its captures die before it does: make it a function, pass them as parameters")


# --- Headers


def pragma_once(source):
    if source.is_header and not re.match(r"\s*#pragma once\b", source.code):
        yield 1, "pragma-once", "the first line of code is not #pragma once", "put it there"


_BOOL = re.compile(r"\bbool\b(?:\s+\w+)?\s*(?=[,)=])")


def no_bool_parameters(source):
    if not source.is_header or not source.is_product:
        return
    code = cpp_text.blank_preprocessor(source.code)
    for match in _BOOL.finditer(code):
        before = code[: match.start()]
        opening = cpp_text.innermost_open_bracket(before)
        if opening < 0 or re.search(r"\b(?:if|for|while|switch|sizeof)\s*$", before[:opening]):
            continue
        yield (source.line(match.start()), "bool", f"`{match.group(0).strip()}` as a parameter",
               "use an enum class or an options struct, or say why not: "
               "// lint: allow(bool): reason")


def file_names(source):
    if re.search(r"\.(?:cpp|cxx|hpp|hh|hxx|C|H)$", source.path):
        yield 1, "file-name", "C++ files end in .h and .cc here", "rename it"
    name = source.path.rpartition("/")[2]
    if source.is_cpp and not re.fullmatch(r"[a-z0-9_]+\.(?:h|cc)", name):
        yield 1, "file-name", f"{name} is not snake_case", "rename it"


# --- Everything in the tree

# Spelt in parts, so that this file keeps its own rule.
PACKAGE_HOSTS = (
    "pypi" ".org", "files.python" "hosted", "registry.npm" "js", "deb.debian" ".org",
    "security.debian" ".org", "repo.maven" ".", "repo1.maven" ".", "crates" ".io",
    "proxy.golang" ".org",
)  # fmt: skip
_MACHINE_PATH = re.compile(r"(?:^|[^\w.])/(?:work|root|home|farm)/")


def no_package_hosts(source):
    for number, line in enumerate(source.lines, 1):
        for host in PACKAGE_HOSTS:
            if host in line:
                yield (number, "host", f"names the package host {host}",
                       "leave it to the package manager's own configuration")


def no_machine_paths(source):
    for number, line in enumerate(source.lines, 1):
        if match := _MACHINE_PATH.search(line):
            yield (number, "machine-path", f"`{match.group(0).strip()}` is a place on one machine",
                   "use a path from the repository's root, or a variable")


def top_level_names(paths):
    """-> (path, finding) for what stands at the top level and should not."""
    seen = set()
    for path in sorted(paths):
        name = path.split("/")[0]
        if not name.startswith(".") and name not in TOP_LEVEL and name not in seen:
            seen.add(name)
            yield path, (1, "top-level", f"{name} may not stand at the top level",
                         "put it into the folder it belongs to")


RULES = (
    layering,
    banned_tokens,
    nolint_has_reason,
    waivers_are_sound,
    singletons,
    file_length,
    line_length,
    function_length,
    co_await_forms,
    no_capturing_lambda_coroutines,
    pragma_once,
    no_bool_parameters,
    file_names,
    no_package_hosts,
    no_machine_paths,
)
TREE_RULES = (top_level_names,)
