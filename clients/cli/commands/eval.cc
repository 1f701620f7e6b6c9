#include <algorithm>
#include <boost/json/parse.hpp>
#include <istream>
#include <memory>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/eval/batch.h"
#include "clients/cli/eval/evaluation.h"
#include "clients/cli/eval/json_text.h"
#include "clients/cpp/text/style.h"

namespace segue::cli {
namespace {

struct EvalOptions {
  std::string expression;
  std::string language;
  std::string input;
  std::string data;
  std::string context;
  std::string variables;
  bool batch = false;
  bool raw = false;
};

// `text` is JSON, or @FILE.
absl::StatusOr<Json> ReadDocument(Session& session, std::string text, std::string name) {
  if (text.starts_with('@')) {
    name = text.substr(1);
    auto file = session.ReadFile(name);
    if (!file.ok()) return file.status();
    text = *std::move(file);
  }
  auto json = ReadJsonText(text);
  if (json.ok()) return json;
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", std::string(json.status().message())));
}

// The document: --data, --input, or what is piped in.
absl::Status ReadData(Session& session, const EvalOptions& options, Question* question) {
  std::string text = options.data;
  std::string name = "--data";
  if (text.empty()) {
    const bool piped = session.environment().in_stream != Stream::kTerminal;
    if (options.input.empty() && (!piped || options.batch)) return absl::OkStatus();
    const std::string path = options.input.empty() ? "-" : options.input;
    name = path == "-" ? "<stdin>" : path;
    auto file = session.ReadFile(path);
    if (!file.ok()) return file.status();
    text = *std::move(file);
    if (options.input.empty() && absl::StripAsciiWhitespace(text).empty()) return absl::OkStatus();
  }
  auto json = ReadDocument(session, std::move(text), name);
  if (json.ok()) question->data = *std::move(json);
  return json.status();
}

absl::StatusOr<Question> ReadOptions(Session& session, const EvalOptions& options) {
  Question question;
  question.expression = options.expression;
  if (!options.language.empty()) {
    auto language = LanguageNamed(options.language);
    if (!language.ok()) return language.status();
    question.language = *language;
  }
  if (const absl::Status status = ReadData(session, options, &question); !status.ok())
    return status;
  if (!options.context.empty()) {
    auto context = ReadDocument(session, options.context, "--context");
    if (!context.ok()) return context.status();
    question.context = *std::move(context);
  }
  if (!options.variables.empty()) {
    auto variables = ReadDocument(session, options.variables, "--variables");
    if (!variables.ok()) return variables.status();
    if (!variables->is_object()) {
      return absl::InvalidArgumentError("--variables: must be an object, {\"name\": value}");
    }
    question.variables = variables->object();
  }
  return question;
}

// Drawn from the environment, so that $random() differs from run to run.
uint64_t SeedFrom(Session& session) {
  uint64_t seed = 14695981039346656037U;  // FNV-1a
  for (const char c : session.environment().uuid()) {
    seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  return seed;
}

void PrintValue(Session& session, const EvalOptions& options, const Json& value) {
  if (options.raw && value.is_string()) {
    session.out() << value.string() << "\n";
  } else {
    // What Boost cannot read (half of a surrogate pair) YAML could not write either.
    boost::json::error_code unreadable;
    boost::json::value document;
    const bool yaml = session.format() == text::Format::kYaml;
    if (yaml) document = boost::json::parse(WriteJsonText(value), unreadable);
    session.out() << (yaml && !unreadable ? text::Yaml(document)
                                          : WritePrettyJsonText(value) + "\n");
  }
  session.out().flush();
}

// The line of the expression with the fault, and a mark below it.
std::string Marked(const std::string& expression, size_t position) {
  position = std::min(position, expression.size());
  const size_t start = position == 0 ? 0 : expression.rfind('\n', position - 1) + 1;
  const size_t end = std::min(expression.find('\n', position), expression.size());
  return absl::StrCat("  ", expression.substr(start, end - start), "\n  ",
                      std::string(position - start, ' '), "^");
}

ExitCode Refuse(Session& session, const std::string& expression, const Refusal& refusal) {
  const text::ColorMode mode = session.err_color();
  std::string message =
      absl::StrCat(text::Paint("error:", text::Color::kRed, mode), " ", refusal.message,
                   text::Paint(" [" + refusal.code + "]", text::Color::kDim, mode));
  if (refusal.position) {
    absl::StrAppend(&message, " at position ", *refusal.position, "\n",
                    Marked(expression, *refusal.position));
  }
  session.Note(message);
  return ExitCode::kRefused;
}

ExitCode EvaluateOne(Session& session, const EvalOptions& options, const Question& question) {
  Random random(SeedFrom(session));
  const Reply reply = Evaluate(question, {session.environment().now(), random});
  if (const auto* refusal = std::get_if<Refusal>(&reply)) {
    return Refuse(session, question.expression, *refusal);
  }
  if (const Json* value = std::get_if<Json>(&reply)) {
    PrintValue(session, options, *value);
  } else {
    session.Note("undefined: the expression has no value");
  }
  return ExitCode::kSucceeded;
}

// One answer a line, also for a line that cannot be read: then the exit code says so, too.
ExitCode EvaluateLines(Session& session, const Question& defaults) {
  Random random(SeedFrom(session));
  ExitCode code = ExitCode::kSucceeded;
  int64_t number = 0;
  for (std::string line; std::getline(session.environment().in, line);) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    const auto question = ReadQuestion(line, defaults);
    Reply reply;
    if (question.ok()) {
      reply = Evaluate(*question, {session.environment().now(), random});
    } else {
      code = ExitCode::kRefused;
      reply = Refusal{"InvalidLine",
                      absl::StrCat("line ", number, ": ", std::string(question.status().message())),
                      {}};
    }
    session.out() << WriteReply(reply) << "\n" << std::flush;
  }
  return code;
}

ExitCode Eval(Session& session, const EvalOptions& options) {
  if (options.expression.empty() != options.batch) {
    session.Note("error: give one expression, or --batch and lines on stdin");
    return ExitCode::kUsage;
  }
  const auto question = ReadOptions(session, options);
  if (!question.ok()) return session.Misuse(question.status());
  return options.batch ? EvaluateLines(session, *question)
                       : EvaluateOne(session, options, *question);
}

constexpr char kFooter[] =
    "The language is told by the expression: States.X(...) is an intrinsic function, $.a[*].b a\n"
    "JSONPath, all else JSONata. JSONata in {% %} sees $states.input and $states.context, as in a\n"
    "definition; without, the document is its input.\n"
    "\n"
    "With --batch every line of stdin is an object with \"expr\" and, where they are wanted, "
    "\"data\",\n"
    "\"bindings\" (variables), \"context\", \"language\", \"timelimit\" (ms) and \"depth\"; every "
    "line of\n"
    "stdout is {\"result\": ...}, {\"undefined\": true} or {\"code\", \"message\", \"position\"}.";

}  // namespace

void AddEval(Commands& commands) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command = commands.root.add_subcommand(
      "eval", "Evaluate JSONata, a JSONPath or an intrinsic function, without a server");
  command->add_option("expression", options->expression, "What to evaluate");
  command->add_option("--language", options->language, "Instead of what the expression looks like")
      ->check(CLI::IsMember({"jsonata", "jsonpath", "intrinsic"}));
  auto* input =
      command->add_option("-i,--input", options->input,
                          "The document, JSON; '-': stdin, which is read anyway if piped");
  input->type_name("FILE");
  command->add_option("-d,--data", options->data, "The document itself, or @FILE")
      ->type_name("JSON")
      ->excludes(input);
  command->add_option("--context", options->context, "The Context Object, '$$', or @FILE")
      ->type_name("JSON");
  command->add_option("--variables", options->variables, "{\"name\": value} for '$name', or @FILE")
      ->type_name("JSON");
  auto* raw = command->add_flag("-r,--raw", options->raw, "Print a string without its quotes");
  command->add_flag("--batch", options->batch, "Answer every line of stdin")->excludes(raw, input);
  command->footer(kFooter);
  commands.Handle(command, [options](Session& session) { return Eval(session, *options); });
}

}  // namespace segue::cli
