#include "server/language/compile.h"

#include <utility>

#include "server/language/intrinsics/call.h"
#include "server/language/jsonpath/parser.h"
#include "server/language/jsonpath/resolve.h"
#include "server/language/text.h"

namespace segue::language {
namespace {

class LiteralExpression : public Expression {
 public:
  explicit LiteralExpression(Json value) : value_(std::move(value)) {}
  Outcome<Json> Evaluate(const Scope&) const override { return value_; }

 private:
  Json value_;
};

std::string TooCostly(const jsonpath::Path& path) {
  return Concat("The JSONPath '", path.text, "' visits too many values");
}

class PathExpression : public Expression {
 public:
  PathExpression(jsonpath::PathPtr path, PathOptions options)
      : path_(std::move(path)), options_(std::move(options)) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    jsonpath::Answer answer = jsonpath::Resolve(*path_, scope);
    switch (answer.kind) {
      case jsonpath::Answer::Kind::kValue:
        return std::move(answer.value);
      case jsonpath::Answer::Kind::kPastEnd:
        return Json();
      case jsonpath::Answer::Kind::kTooCostly:
        return Error(TooCostly(*path_));
      case jsonpath::Answer::Kind::kFailed:
        return Error(Concat("Invalid path '", path_->text, "' : ", answer.why));
      case jsonpath::Answer::Kind::kNothing:
        break;
    }
    // In a payload template, a wildcard or slice of what is not there is an empty list (recorded).
    const bool in_template = options_.missing == PathOptions::Missing::kTemplateField;
    if (in_template && !path_->definite) return Json(Json::Array());
    return Error(MissingCause(scope));
  }

  std::string_view text() const override { return path_->text; }

 private:
  WorkflowError Error(std::string cause) const {
    return {options_.missing_error, std::move(cause)};
  }

  std::string MissingCause(const Scope& scope) const {
    const Json document = jsonpath::RootDocument(*path_, scope);
    switch (options_.missing) {
      case PathOptions::Missing::kInvalidPath:
        if (document.is_null())
          return "Unable to apply Path transformation to null or empty input.";
        return Concat("Invalid path '", path_->text,
                      "' : ", jsonpath::ExplainNothing(*path_, document));
      case PathOptions::Missing::kNoInputValue:
        return Concat("The ", options_.field,
                      " parameter does not reference an input value: ", path_->text);
      case PathOptions::Missing::kTemplateField:
        break;
    }
    // AWS names a path into the Context Object as one from `$`.
    std::string_view text = path_->text;
    if (path_->root == jsonpath::Path::Root::kContext) text.remove_prefix(1);
    return Concat("The JSONPath '", text, "' specified for the field '", options_.field,
                  "' could not be found in the input '", document.Dump(), "'");
  }

  jsonpath::PathPtr path_;
  PathOptions options_;
};

class CallExpression : public Expression {
 public:
  CallExpression(std::string text, intrinsics::CallPtr call)
      : text_(std::move(text)), call_(std::move(call)) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    auto outcome = intrinsics::Evaluate(*call_, scope);
    if (outcome.ok()) return outcome;
    // AWS quotes the whole expression as it was written, wherever in it the fault was.
    return WorkflowError{
        outcome.error().name,
        Concat("The function '", text_, "' had the following error: ", outcome.error().cause)};
  }

  std::string_view text() const override { return text_; }

 private:
  std::string text_;
  intrinsics::CallPtr call_;
};

class CompiledVariablePath : public VariablePath {
 public:
  explicit CompiledVariablePath(jsonpath::PathPtr path) : path_(std::move(path)) {}

  Outcome<std::optional<Json>> Find(const Scope& scope) const override {
    jsonpath::Answer answer = jsonpath::Resolve(*path_, scope);
    if (answer.kind == jsonpath::Answer::Kind::kTooCostly) {
      return WorkflowError{"States.Runtime", TooCostly(*path_)};
    }
    if (answer.kind != jsonpath::Answer::Kind::kValue) return std::optional<Json>();
    return std::optional<Json>(std::move(answer.value));
  }

 private:
  jsonpath::PathPtr path_;
};

// The operators `@ , : ?` and `*` stand in `text` outside quotes.
bool HasForbiddenOperator(std::string_view text) {
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (std::string_view("@,:?*").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

ExpressionPtr Literal(Json value) { return std::make_shared<LiteralExpression>(std::move(value)); }

absl::StatusOr<ExpressionPtr> CompilePath(std::string_view text, const PathOptions& options) {
  auto path = jsonpath::ParsePath(text);
  if (!path.ok()) return path.status();
  return ExpressionPtr(std::make_shared<PathExpression>(*std::move(path), options));
}

absl::StatusOr<ExpressionPtr> CompilePathOrIntrinsic(std::string_view text,
                                                     const PathOptions& options) {
  if (!text.empty() && text.front() == '$') return CompilePath(text, options);
  auto call = intrinsics::ParseCall(text);
  if (!call.ok()) return call.status();
  return ExpressionPtr(std::make_shared<CallExpression>(std::string(text), *std::move(call)));
}

absl::StatusOr<ReferencePath> CompileReferencePath(std::string_view text) {
  const auto fault = [&](std::string_view what) {
    return absl::InvalidArgumentError(Concat("invalid reference path '", text, "': ", what));
  };
  const auto path = jsonpath::ParsePath(text);
  if (!path.ok()) return path.status();
  if ((*path)->root != jsonpath::Path::Root::kDocument) return fault("it must begin at '$'");
  if (HasForbiddenOperator(text)) return fault("'@', ',', ':', '?' and '*' may not be used");
  std::vector<ReferencePath::Step> steps;
  for (const jsonpath::Step& step : (*path)->steps) {
    if (const auto* member = std::get_if<jsonpath::MemberStep>(&step)) {
      steps.push_back({member->name, std::nullopt});
      continue;
    }
    const auto* index = std::get_if<jsonpath::IndexStep>(&step);
    if (index == nullptr || index->index < 0 || index->index > INT32_MAX) {
      return fault("it must name one value, by names and indices only");
    }
    steps.push_back({"", static_cast<int>(index->index)});
  }
  return ReferencePath(std::move(steps));
}

absl::StatusOr<std::shared_ptr<const VariablePath>> CompileVariablePath(std::string_view text) {
  auto path = jsonpath::ParsePath(text);
  if (!path.ok()) return path.status();
  return std::shared_ptr<const VariablePath>(
      std::make_shared<CompiledVariablePath>(*std::move(path)));
}

}  // namespace segue::language
