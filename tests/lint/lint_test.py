"""Each rule fires on a planted fault, at its line, and is silent once the fault is mended."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass

import cpp_text
import lint
import rules

HOST = rules.PACKAGE_HOSTS[0]
MACHINE = "/" + "home/me/segue"


@dataclass(frozen=True)
class Case:
    rule: str
    path: str
    bad: str  # has one fault, on its line that holds `line_of` (its last line where that is empty)
    good: str
    line_of: str = ""


def include(path):
    return f'#include "{path}"\n'


def header(text):
    return "#pragma once\n" + text


def body(statement):
    return "Task<int> F() {\n  " + statement + "\n}\n"


def layering(path, bad, good):
    return Case("layering", path, include(bad), include(good))


LAYERING = (
    layering("server/base/a.cc", "server/language/b.h", "server/base/b.h"),
    layering("server/engine/a.cc", "server/store/b.h", "server/language/b.h"),
    layering("server/engine/a.cc", "segue/storage/v1/b.pb.h", "absl/status/status.h"),
    layering("server/api/grpc/a.cc", "server/store/b.h", "server/scheduler/b.h"),
    layering("server/api/grpc/a.cc", "segue/storage/v1/b.pb.h", "segue/v1/b.grpc.pb.h"),
    layering("server/api/states/a.cc", "server/store/b.h", "server/scheduler/b.h"),
    layering("server/api/states/a.cc", "segue/v1/b.grpc.pb.h", "server/engine/b.h"),
    layering("server/scheduler/a.cc", "server/store/rocksdb/b.h", "server/store/b.h"),
    layering("server/store/memory/a.cc", "server/store/rocksdb/b.h", "server/store/b.h"),
    layering("services/registry/a.cc", "services/connector/grpc/b.h", "services/connector/b.h"),
    layering("services/connector/grpc/a.cc", "server/engine/b.h", "services/connector/grpc/b.h"),
    layering("services/budget/a.cc", "services/registry/b.h", "server/base/b.h"),
    layering("clients/cli/a.cc", "server/engine/b.h", "clients/cpp/b.h"),
    layering("server/base/a.cc", "tests/support/b.h", "server/base/b.h"),
    layering("server/base/a.cc", "b.h", "server/base/b.h"),
    Case("layering", "server/novelty/a.cc", "int x();", ""),
)

PURE = "server/engine/a.cc"
STORE = "server/store/rocksdb/a.cc"
TOKENS = (
    Case("purity", PURE, "void F(std::thread& t);", "// std::thread\n"),
    Case("purity", PURE, "std::mutex& F();", 'const auto s = "std::mutex";'),
    Case("purity", PURE, "void F() { absl::Mutex m; }", "void F() { Mutexed m; }"),
    Case("real-time", PURE, "const auto t = F(absl::Now());", "const auto t = F(now);"),
    Case("purity", PURE, "#include <chrono>", "#include <charconv>"),
    Case("purity", PURE, "const int x = rand();", "const int x = brand();"),
    Case("purity", PURE, "int F(std::random_device& d);", "int F(segue::Random& r);"),
    Case("purity", PURE, "void F() { absl::BitGen g; }", "void F() { Random g(1); }"),
    Case("purity", PURE, "#include <grpcpp/grpcpp.h>", "#include <vector>"),
    Case("purity", PURE, "grpc::Status F();", "absl::Status F();"),
    Case("purity", PURE, "rocksdb::Status F();", "absl::Status F();"),
    Case("purity", PURE, "void F() { LOG(INFO) << 1; }", "void F() { CATALOG(INFO); }"),
    Case("purity", PURE, "void F() { std::cerr << 1; }", "void F(std::ostream& o) { o << 1; }"),
    Case("purity", PURE, 'void F() { printf("x"); }', 'void F() { snprintf(p, n, "x"); }'),
    Case("real-time", STORE, "void F() { absl::SleepFor(d); }", "void F() { timer.Set(d); }"),
    Case("real-time", STORE, "void F() { usleep(1); }", "void F() { x.sleepers(1); }"),
    Case("real-time", "tests/unit/a.cc", "void F() { sleep_for(1); }", "void F() { Run(); }"),
    Case(
        "real-time",
        STORE,
        "const auto t = F(std::chrono::system_clock::now());",
        "// lint: allow(real-time): the library wants its own clock\n"
        "const auto t = F(std::chrono::system_clock::now());",
    ),
    Case("exceptions", STORE, "try { F(); } catch (...) {}", "try { F(); } catch (E&) {}"),
    Case("using-std", STORE, "using namespace std;", "using std::string;"),
    Case("nolint", STORE, "int x();  // NOLINT", "int x();  // NOLINT(bugprone-x): it must"),
    Case("nolint", STORE, "int x();  // NOLINT(a-b)", "int x();  // NOLINTNEXTLINE(a-b): it must"),
    Case("waiver", STORE, "// lint: allow(bool)", "// lint: allow(bool): the value itself"),
    Case("waiver", STORE, "// lint: allow(layering): x", "// lint: allow(singleton): x"),
)

SINGLETONS = (
    Case("singleton", STORE, "static int count = 0;", "static const int kCount = 0;"),
    Case("singleton", STORE, "static int count;", "static int Count();"),
    Case("singleton", STORE, "int count = 0;", "constexpr int kCount = 0;"),
    Case("singleton", STORE, "namespace a {\nstd::atomic<int> n{0};", "int F() { int n{0}; }"),
    Case("singleton", STORE, "void F() {\n  static Thing thing;", "void F() {\n  Thing thing;"),
    Case("singleton", STORE, "void F() {\n  static auto* t = new T();", "F(static_cast<int>(x));"),
    Case("singleton", STORE, "class A {\n  static A* instance_;", "class A {\n  A* next_;"),
    Case("singleton", STORE, "thread_local int depth = 0;", "inline constexpr int kDepth = 0;"),
)

LONG = "  x();\n" * 69
LENGTHS = (
    Case("line-length", STORE, "// " + "x" * 98, "// " + "x" * 97),
    Case("line-length", STORE, "// " + "x" * 98, "// https://x.test/" + "x" * 98),
    Case("line-length", STORE, "// " + "x" * 98, 'const auto s = R"(' + "x" * 98 + ')";'),
    Case("file-length", STORE, "\n" * 601, "\n" * 600),
    Case("function-length", STORE, f"void F() {{\n{LONG}}}", f"void F() {{\n{LONG[7:]}}}", "F()"),
    Case(
        "function-length",
        STORE,
        f"A::A(int b)\n    : b_{{b}}, c_(1) {{\n{LONG}}}",
        f"// lint: allow(function-length): a table\nvoid F() {{\n{LONG}}}",
        "b_{b}",
    ),
    Case(
        "function-length",
        "server/store/a.h",
        header(f"class A {{\n public:\n  void F() const {{\n{LONG}  }}\n}};"),
        header(f"class A {{\n public:\n  void F() const;\n{'  int x();' * 3}\n}};\n" + "\n" * 80),
        "F()",
    ),
    Case(
        "function-length",
        STORE,
        f"bool operator==(A a, B b) {{\n{LONG}}}",
        "constexpr Row kTable[] = {\n" + "    {1, 2},\n" * 90 + "};",
        "operator==",
    ),
    Case("function-length", "tests/a.py", "def f():\n" + "    x()\n" * 70, "x()\n" * 90, "def"),
)

CO_AWAIT_GOOD = """
Task<int> F(Thing thing) {
  co_await Send();
  int a = co_await Send(Now(), a + b);
  auto& [b, c] = co_await Both(thing);
  const absl::StatusOr<std::vector<int>> d =
      co_await thing.call->Send(std::move(thing), a ? b : c);
  thing.a = co_await Send();
  thing->rows[i] = co_await Send();
  if (absl::Status s = co_await Send(); !s.ok()) co_return s;
  if (a == b) co_await Send();
  for (int i = 0; i < n; ++i) co_await Send();
  while (Ready(a)) {
    co_await Send();
  }
  if (a) {
    b = 1;
  } else if (absl::Status s = co_await Send(); !s.ok()) {
    co_return 1;
  } else {
    co_await Send();
  }
  switch (thing.kind) {
    case Kind::kOne:
      a = co_await Send();
      break;
    default:
      co_await Send();
  }
  auto named = [](int x) -> Task<int> { co_return co_await Send(x); };
  auto plain = [a, &b](int x) { return x + a + b; };
  co_return co_await Send();
}
struct Awaitable {
  auto operator co_await() { return Awaiter{this}; }
};
"""

CO_AWAIT_BAD = (
    "if (co_await Send()) {}",
    "if (int a = co_await Send()) {}",
    "if (int a = 1; co_await Send()) {}",
    "while (co_await Send()) {}",
    "for (; co_await Send();) {}",
    "for (int a : co_await Send()) {}",
    "switch (int a = co_await Send(); a) {}",
    "f(co_await Send());",
    "int a = f(co_await Send());",
    "int a = *co_await Send();",
    "int a = (co_await Send()).value();",
    "int a = co_await Send() + 1;",
    "int a = co_await Send() ? 1 : 2;",
    "int a = b + co_await Send();",
    "int a = b ? co_await Send() : 1;",
    "a += co_await Send();",
    "co_await Send(co_await Other());",
    "co_await Send() && co_await Other();",
    "co_await Send({.a = 1});",
    "co_await Send([] { return 1; });",
    "return co_await Send();",
    "throw co_await Send();",
    "co_return a + co_await Send();",
    "co_yield co_await Send();",
    "SEGUE_ASSIGN_OR_RETURN(int a, co_await Send());",
    "auto f = [&a]() -> Task<int> { co_return a; };",
    "Spawn([this] { return Run([=]() -> Task<void> { co_await Send(); }); });",
)

COROUTINES = (
    *(Case("co_await", STORE, body(b), CO_AWAIT_GOOD, b) for b in CO_AWAIT_BAD),
    Case("co_await", STORE, "#define A(x) \\\n  x = co_await B()", "#define A B()", "#define"),
)


def parameter(bad, good):
    return Case("bool", "server/store/a.h", header(bad), header(good))


HEADERS = (
    Case("pragma-once", "server/base/a.h", "int F();", header("int F();")),
    Case("pragma-once", "tests/support/a.h", "int F();", "// What it is.\n\n#pragma once\n"),
    parameter("void F(bool fast);", "bool F(int fast);"),
    parameter("void F(int a, const bool fast = true);", "struct A { bool fast = true; };"),
    parameter("void F(bool);", "inline void F() { if (bool a = G(); a) H(); }"),
    parameter("A(bool a);", "A(bool a);  // lint: allow(bool): the value itself"),
    parameter("A(bool a);", "// lint: allow(bool): the value\n// itself\nA(bool a);"),
    parameter("A(std::function<void(bool ok)> f);", "A(std::function<bool(int)> f);"),
    Case("file-name", "server/base/FileName.cc", "int F();", ""),
    Case("file-name", "server/base/a.cpp", "int F();", ""),
)

TREE = (
    Case("host", "README.md", f"see {HOST}", "see the registry"),
    Case("machine-path", "README.md", f"cd {MACHINE}", "cd segue/home/x"),
)

CASES = (*LAYERING, *TOKENS, *SINGLETONS, *LENGTHS, *COROUTINES, *HEADERS, *TREE)


class RulesTest(unittest.TestCase):
    def test_each_fires_on_the_fault_and_is_silent_on_the_mend(self):
        for case in CASES:
            with self.subTest(rule=case.rule, bad=case.bad[:300]):
                faults = lint.check({case.path: case.bad})
                self.assertEqual({f.rule for f in faults}, {case.rule})
                lines = case.bad.splitlines()
                at = [n for n, text in enumerate(lines, 1) if case.line_of in text]
                self.assertIn(faults[0].line, at if case.line_of else [len(lines)])
            with self.subTest(rule=case.rule, good=case.good[:300]):
                path = case.path if case.good else "server/base/a.cc"
                self.assertEqual([str(f) for f in lint.check({path: case.good})], [])

    def test_every_rule_has_a_case(self):
        named = {ban.rule for ban in rules.BANS} | rules.WAIVABLE
        self.assertLessEqual(named, {case.rule for case in CASES})

    def test_top_level(self):
        self.assertEqual(lint.check({"dev": "", "server/base/a.cc": "", ".ci/run": ""}), [])
        faults = lint.check({"scripts/a.sh": "", "scripts/b.sh": "", "notes.md": ""})
        self.assertEqual([f.path for f in faults], ["notes.md", "scripts/a.sh"])

    def test_a_listed_file_may_be_long_but_not_longer(self):
        rules.LONG_FILES["server/base/a.cc"] = "one table"
        self.addCleanup(rules.LONG_FILES.clear)
        self.assertEqual(lint.check({"server/base/a.cc": "\n" * 1000}), [])
        self.assertEqual(len(lint.check({"server/base/a.cc": "\n" * 1001})), 1)

    def test_composition_roots_may_include_everything(self):
        text = include("server/store/rocksdb/a.h") + include("services/connector/grpc/a.h")
        for path in ("server/main.cc", "services/samples/a.cc", "tests/simulation/a.cc"):
            self.assertEqual(lint.check({path: text}), [])

    def test_the_table_has_no_cycle(self):
        done = set()

        def visit(module, above):
            self.assertNotIn(module, above, "a cycle of allowed dependencies")
            if module not in done and rules.MODULES.get(module, rules.ANY) != rules.ANY:
                for needed in rules.MODULES[module]:
                    visit(needed, (*above, module))
            done.add(module)

        for module in rules.MODULES:
            visit(module, ())


class TextTest(unittest.TestCase):
    def test_literals_are_blank_and_positions_stay(self):
        code = 'a("x;{", \'{\', R"j({"a"})j", 1\'000\'000); /* { */ // }\nb'
        blank = cpp_text.blank_literals(code)
        self.assertEqual(len(blank), len(code))
        self.assertNotIn("{", blank)
        self.assertNotIn("}", blank)
        self.assertIn("1'000'000", blank)
        self.assertEqual(blank.index("\nb"), code.index("\nb"))

    def test_functions_are_told_from_other_braces(self):
        code = """
namespace a {
enum class E : int { kA };
struct S : B<int> {
  S() = default;
  explicit S(int a) : B(a), b_{a}, c_(F([] { return 1; })) { G(); }
  int operator()(int x) const { return x; }
  template <typename T = int>
  auto operator<=>(const T& t) const -> int { return 0; }
  int member{3};
};
constexpr S kTable[] = {S{1}, S{2}};
template <class T>
void F(T t = {}) {
  if (t) { G(); }
}
TEST_F(Store, Commits) { F(1); }
}
"""
        names = [name for name, _, _ in cpp_text.functions(cpp_text.blank_literals(code))]
        self.assertEqual(names, ["S", "operator", "operator<=>", "F", "TEST_F"])


class CommandTest(unittest.TestCase):
    def test_prints_what_to_do_and_fails(self):
        script = pathlib.Path(__file__).with_name("lint.py")
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "server/base").mkdir(parents=True)
            source = root / "server/base/a.cc"
            for text, code, output in (
                ("int F(grpc::Status s);\n", 1, "server/base/a.cc:1: purity: `grpc::` may not"),
                ("int F();\n", 0, "lint: 1 files, no faults"),
            ):
                source.write_text(text)
                command = [sys.executable, str(script), folder]
                run = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertEqual((run.returncode, run.stderr), (code, ""))
                self.assertIn(output, run.stdout)


if __name__ == "__main__":
    unittest.main()
