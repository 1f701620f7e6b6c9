#include "server/api/states/call.h"

#include <algorithm>

#include "server/base/error.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;

// What the operation had found has gone meanwhile: somebody deleted it, or retention removed it.
std::string_view TypeOfMissing(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = DetailOf(status);
  const std::string reason = detail ? detail->reason : "";
  if (reason == "EXECUTION_NOT_FOUND") return "ExecutionDoesNotExist";
  if (reason == "WORKFLOW_NOT_FOUND") return "StateMachineDoesNotExist";
  return "ResourceNotFound";
}

}  // namespace

bool Call::Has(std::string_view name) const {
  const Json* member = input.Find(name);
  return member != nullptr && !member->is_null();
}

std::string Call::Text(std::string_view name) const {
  const std::string* text = input.FindString(name);
  return text == nullptr ? std::string() : *text;
}

bool Call::IsTrue(std::string_view name) const {
  const Json* member = input.Find(name);
  return member != nullptr && member->is_bool() && member->bool_value();
}

Json Timestamp(absl::Time time) { return static_cast<double>(absl::ToUnixMillis(time)) / 1000; }

// The characters: service-2.json, CreateStateMachineInput, "name".
std::optional<ApiError> CheckName(std::string_view name) {
  constexpr std::string_view kForbidden = "<>{}[]?*\"#%\\^|~`$&,;:/";
  const auto allowed = [&](unsigned char c) {
    return c > ' ' && c != 0x7F && kForbidden.find(static_cast<char>(c)) == kForbidden.npos;
  };
  // U+0080 to U+009F are control characters too: C2 80 to C2 9F in UTF-8.
  bool control = false;
  for (size_t i = 0; i + 1 < name.size(); ++i) {
    control |= name[i] == '\xC2' && static_cast<unsigned char>(name[i + 1]) < 0xA0;
  }
  if (!control && std::ranges::all_of(name, allowed)) return std::nullopt;
  return ApiError{"InvalidName", Concat("Invalid Name: '", name, "'")};
}

ApiError InvalidArn(std::string_view why) {
  return {"InvalidArn", Concat("Invalid Arn: '", why, "'")};
}

ApiResult<scheduler::Arn> ArnOf(const Call& call, std::string_view member,
                                scheduler::Arn::Kind kind) {
  const std::string text = call.Text(member);
  if (!text.starts_with("arn:")) return InvalidArn(Concat("Invalid ARN prefix: ", text));
  std::optional<scheduler::Arn> arn = scheduler::ParseArn(text);
  if (!arn) return InvalidArn(Concat("Invalid ARN: ", text));
  if (arn->kind != kind) {
    return InvalidArn(Concat("Resource type not valid in this context: ", arn->type));
  }
  return *std::move(arn);
}

ApiError FromStatus(const absl::Status& status) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return {"ServiceUnavailable", message};
    case absl::StatusCode::kResourceExhausted:
      return {"ThrottlingException", message};
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return ValidationException(message);
    case absl::StatusCode::kNotFound:
      return {std::string(TypeOfMissing(status)), message};
    case absl::StatusCode::kAborted:
      return {"ConflictException", message};
    default:
      return {"InternalFailure", message};
  }
}

}  // namespace segue::api::states
