#include "clients/cli/text/errors_text.h"

#include "absl/strings/str_cat.h"
#include "clients/cpp/errors.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

using client::ErrorDetails;
using client::FieldFault;

// What a person can do about it; empty: nothing that is not in the message.
std::string Hint(const absl::Status& status, const ErrorDetails& details,
                 const ErrorContext& context) {
  if (details.retry_delay) {
    return absl::StrCat("try again in ", text::ShortDuration(*details.retry_delay));
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return absl::StrCat("is segued running at ", context.address,
                          "? Choose another with --address or SEGUE_ADDRESS");
    case absl::StatusCode::kDeadlineExceeded:
      return "the server did not answer in time; --call-timeout gives it longer";
    case absl::StatusCode::kNotFound:
      if (details.resource_name.empty()) return "";
      if (details.resource_type.find("xecution") != std::string::npos) {
        return "'segue list' shows what there is; executions that ended are kept for a while only";
      }
      if (details.resource_type.find("ervice") != std::string::npos) {
        return "'segue services' shows what is configured";
      }
      return "'segue workflows' shows what there is; 'segue apply -f FILE' makes one";
    case absl::StatusCode::kAborted:
      return "it was changed meanwhile; read it again and repeat";
    case absl::StatusCode::kUnauthenticated:
      return "the server asks who you are: see --tls-cert and --tls-key";
    case absl::StatusCode::kUnimplemented:
      return "the server does not know this call: is it an older segued, or another program?";
    default:
      return "";
  }
}

std::string Position(const std::string& file, int line, int column) {
  std::string text = file;
  if (line > 0) absl::StrAppend(&text, ":", line);
  if (line > 0 && column > 0) absl::StrAppend(&text, ":", column);
  return text;
}

std::string FaultLine(const std::string& position, const std::string& message,
                      const std::string& code, const std::string& where, text::ColorMode mode) {
  std::string text = text::Paint(position, text::Color::kBold, mode) + ": " + message;
  if (!code.empty()) text += text::Paint(" [" + code + "]", text::Color::kDim, mode);
  if (!where.empty()) text += text::Paint(" at " + where, text::Color::kDim, mode);
  return text;
}

std::string FieldLine(const FieldFault& fault, text::ColorMode mode) {
  std::string text = "  ";
  if (fault.line > 0) absl::StrAppend(&text, fault.line, ":", fault.column, ": ");
  if (!fault.field.empty()) text += text::Paint(fault.field, text::Color::kBold, mode) + ": ";
  text += fault.message;
  if (!fault.reason.empty())
    text += text::Paint(" [" + fault.reason + "]", text::Color::kDim, mode);
  return text;
}

}  // namespace

std::string ErrorText(const absl::Status& status, const ErrorContext& context,
                      text::ColorMode mode) {
  const ErrorDetails details = client::DetailsOf(status);
  std::string message(status.message());
  if (message.empty()) message = absl::StatusCodeToString(status.code());
  std::string text;
  const bool is_definition =
      !context.definition_file.empty() && details.reason == "INVALID_DEFINITION";
  for (const FieldFault& fault : details.faults) {
    // The server's message often is that of the first field already.
    if (!is_definition && message.find(fault.message) != std::string::npos) continue;
    text += is_definition ? FaultLine(Position(context.definition_file, fault.line, fault.column),
                                      fault.message, fault.reason, fault.field, mode)
                          : FieldLine(fault, mode);
    text += "\n";
  }
  const std::string head = text::Paint("error:", text::Color::kRed, mode) + " " + message + "\n";
  // Compilers put the positions first and the sum last; other errors read from the top.
  text = is_definition ? text + head : head + text;
  for (const auto& line : details.preconditions) absl::StrAppend(&text, "  ", line, "\n");
  for (const auto& line : details.quotas) absl::StrAppend(&text, "  ", line, "\n");
  const std::string hint = Hint(status, details, context);
  if (!hint.empty()) text += text::Paint("hint:", text::Color::kCyan, mode) + " " + hint + "\n";
  return text;
}

std::string FaultText(const v1::Fault& fault, const std::string& file, text::ColorMode mode) {
  return FaultLine(Position(file, fault.line(), fault.column()), fault.message(), fault.code(),
                   fault.json_pointer(), mode);
}

}  // namespace segue::cli
