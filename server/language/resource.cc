#include "server/language/resource.h"

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "server/language/aws_integrations.h"
#include "server/language/text.h"

namespace segue::language {
namespace {

using Completion = Resource::Completion;
using Kind = Resource::Kind;

absl::Status Invalid(const std::string& message) { return absl::InvalidArgumentError(message); }

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Not empty, and nothing but letters, digits and what `others` holds.
bool ConsistsOf(std::string_view text, std::string_view others) {
  for (const char c : text) {
    if (!IsAlphanumeric(c) && others.find(c) == others.npos) return false;
  }
  return !text.empty();
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool TakeSuffix(std::string_view* text, std::string_view suffix) {
  if (text->size() < suffix.size() || text->substr(text->size() - suffix.size()) != suffix) {
    return false;
  }
  text->remove_suffix(suffix.size());
  return true;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool IsServiceName(std::string_view name) { return ConsistsOf(name, "_-.") && name.size() <= 80; }

bool IsIdentifier(std::string_view name) {
  return ConsistsOf(name, "_") && !(name[0] >= '0' && name[0] <= '9');
}

bool IsGrpcServiceName(std::string_view name) {
  for (const std::string_view part : Split(name, '.')) {
    if (!IsIdentifier(part)) return false;
  }
  return true;
}

// grpc:<service>/<package.Service>/<Method>
absl::Status ParseGrpc(std::string_view rest, Resource* resource) {
  const auto parts = Split(rest, '/');
  if (parts.size() != 3 || !IsServiceName(parts[0]) || !IsGrpcServiceName(parts[1]) ||
      !IsIdentifier(parts[2])) {
    return Invalid(Concat("The resource provided ", resource->text,
                          " is not valid: a gRPC method is "
                          "grpc:<service>/<package.Service>/<Method>"));
  }
  resource->kind = Kind::kGrpc;
  resource->service = parts[0];
  resource->method = Concat(parts[1], "/", parts[2]);
  return absl::OkStatus();
}

// http:<service> and sql:<service>
absl::Status ParseNamed(Kind kind, std::string_view service, Resource* resource) {
  const bool url = StartsWith(service, "//");
  if (!IsServiceName(service)) {
    return Invalid(
        Concat("The resource provided ", resource->text, " is not valid: ",
               url ? "a URL goes into ApiEndpoint of arn:aws:states:::http:invoke, or into "
                     "the configuration of a service that is named here"
                   : "after the colon stands the name of a configured service"));
  }
  resource->kind = kind;
  resource->service = service;
  return absl::OkStatus();
}

// worker:<task type>
absl::Status ParseWorker(std::string_view task_type, Resource* resource) {
  if (!ConsistsOf(task_type, "_-./") || task_type.size() > 80) {
    return Invalid(Concat("The resource provided ", resource->text,
                          " is not valid: a task type is 1 to 80 letters, digits or _ - . /"));
  }
  resource->kind = Kind::kWorker;
  resource->service = task_type;
  return absl::OkStatus();
}

// function:NAME[:version or alias]
bool ParseFunction(const std::vector<std::string_view>& parts, Resource* resource) {
  const bool plain = parts.size() == 7 || (parts.size() == 8 && ConsistsOf(parts[7], "$_-"));
  if (!plain || parts[5] != "function" || !ConsistsOf(parts[6], "_-")) return false;
  resource->kind = Kind::kLambda;
  resource->service = "lambda";
  return true;
}

// <service>:<action> with the completion pattern that the text named, or the error.
absl::Status ParseIntegration(std::string_view service, std::string_view action,
                              Resource* resource) {
  const AwsIntegration* integration = FindAwsIntegration(service, action);
  const Completion completion = resource->completion;
  const bool known =
      integration != nullptr && (completion == Completion::kResponse ||
                                 (completion == Completion::kSync && integration->sync) ||
                                 (completion == Completion::kSync2 && integration->sync2) ||
                                 (completion == Completion::kTaskToken && integration->task_token));
  if (!known) return Invalid(UnknownResourceMessage(resource->text));
  resource->kind = Kind::kAwsService;
  if (service == "http") resource->kind = Kind::kHttpInvoke;
  if (service == "lambda") resource->kind = Kind::kLambda;
  if (service == "states") resource->kind = Kind::kStartExecution;
  resource->service = service;
  resource->method = action;
  return absl::OkStatus();
}

// arn:<partition>:<service>:<region>:<account>:<rest>; other services' ARNs stay kOther.
absl::Status ParseArn(std::string_view body, Resource* resource) {
  const auto parts = Split(body, ':');
  const absl::Status unknown = Invalid(UnknownResourceMessage(resource->text));
  const bool shaped = parts.size() >= 6 && StartsWith(parts[1], "aws") &&
                      (parts[3].empty() || ConsistsOf(parts[3], "-_")) &&
                      (parts[4].empty() || ConsistsOf(parts[4], "-_"));
  if (!shaped) return unknown;
  if (parts[2] == "lambda") {
    return ParseFunction(parts, resource) ? absl::OkStatus() : unknown;
  }
  if (parts[2] != "states") return absl::OkStatus();
  if (parts.size() == 7 && parts[5] == "activity") {
    if (!ConsistsOf(parts[6], "_-.!@'()=+")) return unknown;
    resource->kind = Kind::kActivity;
    resource->service = parts[6];
    return absl::OkStatus();
  }
  if (parts.size() == 8 && parts[5] == "aws-sdk") {
    const bool valid = ConsistsOf(parts[6], "-") && ConsistsOf(parts[7], "") &&
                       resource->completion != Completion::kSync &&
                       resource->completion != Completion::kSync2;
    if (!valid) return unknown;
    resource->kind = Kind::kAwsService;
    resource->service = Concat("aws-sdk:", parts[6]);
    resource->method = parts[7];
    return absl::OkStatus();
  }
  return parts.size() == 7 ? ParseIntegration(parts[5], parts[6], resource) : unknown;
}

// RFC 3986: a scheme, a colon and something; nothing that must be escaped.
bool IsUri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon + 1 == text.size()) return false;
  const std::string_view scheme = text.substr(0, colon);
  if (!ConsistsOf(scheme, "+-.") || (scheme[0] >= '0' && scheme[0] <= '9')) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F ||
        std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos)
      return false;
  }
  return true;
}

}  // namespace

std::string UnknownResourceMessage(std::string_view text) {
  return Concat("The resource provided ", text,
                " is not recognized. The value is not a valid resource ARN, or the resource is not "
                "available in this region.");
}

absl::StatusOr<Resource> ParseResource(std::string_view text) {
  Resource resource;
  resource.text = text;
  resource.kind = Kind::kOther;
  std::string_view body = text;
  if (TakeSuffix(&body, ".waitForTaskToken")) {
    resource.completion = Completion::kTaskToken;
  } else if (StartsWith(body, "arn:") && TakeSuffix(&body, ".sync")) {
    resource.completion = Completion::kSync;
  } else if (StartsWith(body, "arn:") && TakeSuffix(&body, ".sync:2")) {
    resource.completion = Completion::kSync2;
  }
  const size_t colon = body.find(':');
  const std::string_view scheme = body.substr(0, colon);
  const std::string_view rest = colon == body.npos ? "" : body.substr(colon + 1);
  absl::Status status;
  if (scheme == "grpc") {
    status = ParseGrpc(rest, &resource);
  } else if (scheme == "http" || scheme == "sql") {
    status = ParseNamed(scheme == "http" ? Kind::kHttp : Kind::kSql, rest, &resource);
  } else if (scheme == "worker") {
    status = ParseWorker(rest, &resource);
  } else if (scheme == "arn") {
    status = ParseArn(body, &resource);
  }
  if (!status.ok()) return status;
  if (resource.kind == Kind::kOther && !IsUri(text)) return Invalid(UnknownResourceMessage(text));
  return resource;
}

}  // namespace segue::language
