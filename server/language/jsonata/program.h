#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/random.h"

namespace segue::language::jsonata {

// What is wrong with an expression, or went wrong in it: the reference's code ("T2001"), its
// message with the values filled in, and where. U1001 is a limit that was reached.
struct Fault {
  std::string code;
  std::string message;
  std::optional<size_t> position;  // in UTF-16 code units of the text, as the reference counts
  std::optional<std::string> token;

  friend bool operator==(const Fault&, const Fault&) = default;
};

// Which functions an expression may call besides the common ones.
enum class Library {
  kReference,      // those of JSONata 2.0.6
  kStepFunctions,  // without $eval; with $partition, $range, $hash, $random(seed), $uuid, $parse
};

// What one evaluation may take. Reaching one is the fault U1001.
struct Limits {
  int depth_max = 5000;             // nested evaluations; the C++ stack has a bound of its own
  uint64_t steps_max = 20'000'000;  // evaluated nodes, and elements handled by functions
  size_t memory_bytes_max = size_t{256} << 20;
};

// What an evaluation took.
struct Usage {
  uint64_t steps = 0;
  size_t memory_bytes = 0;
};

// What an evaluation takes from the outside. Borrowed: lives as long as the call.
struct Environment {
  absl::Time now;
  Random& random;
  Limits limits = {};
  Usage* usage = nullptr;  // told at its end, where it is given
};

// What an evaluation gives.
class Answer {
 public:
  struct Undefined {
    friend bool operator==(Undefined, Undefined) = default;
  };
  // A function, or what holds one: a value of the language that JSON has not.
  struct Function {
    friend bool operator==(Function, Function) = default;
  };

  Answer(Json value) : state_(std::move(value)) {}
  Answer(Undefined undefined) : state_(undefined) {}
  Answer(Function function) : state_(function) {}
  Answer(Fault fault) : state_(std::move(fault)) {}

  // Each is null where the answer is something else.
  const Json* value() const { return std::get_if<Json>(&state_); }
  const Fault* fault() const { return std::get_if<Fault>(&state_); }
  bool is_undefined() const { return std::holds_alternative<Undefined>(state_); }
  bool is_function() const { return std::holds_alternative<Function>(state_); }

 private:
  std::variant<Json, Undefined, Function, Fault> state_;
};

// What of its surroundings an expression reads, as far as its text shows.
struct References {
  bool context = false;                // `$`, a name, `*` or `**` outside of any path: the input
  bool root = false;                   // `$$`, anywhere
  std::vector<std::string> names;      // the unqualified names that read the input
  std::vector<std::string> variables;  // without `$`; neither bound inside nor functions of ours
  std::vector<std::string> calls;      // variables that are called, bound inside or not
  // What of a variable is read: {"states", "input"} for `$states.input`, {"states", ""} where more
  // of it is read than one member.
  std::vector<std::pair<std::string, std::string>> members;
};

class Program;
using ProgramPtr = std::shared_ptr<const Program>;

// A compiled JSONata expression (https://docs.jsonata.org, version 2.0.6).
//
// Threads: immutable; may be shared. Values: the answer shares what it took over from the input and
// the bindings. Faults are values; nothing that a text says can end the process.
class Program {
 public:
  static std::variant<ProgramPtr, Fault> Compile(std::string_view text,
                                                 Library library = Library::kReference);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // `input` is `$`; null where it is undefined. `bindings` are variables by name, without `$`.
  Answer Evaluate(const Json* input, const Json::Object& bindings,
                  const Environment& environment) const;

  // The same with bindings that are made when they are first read: null where there is none of that
  // name. The value must live as long as the call.
  using Lookup = absl::FunctionRef<const Json*(std::string_view name)>;
  Answer EvaluateWith(const Json* input, Lookup lookup, const Environment& environment) const;

  const std::string& text() const;
  const References& references() const;

 private:
  struct State;
  explicit Program(std::unique_ptr<const State> state);

  const std::unique_ptr<const State> state_;
};

}  // namespace segue::language::jsonata
