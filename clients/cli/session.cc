#include "clients/cli/session.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/text/errors_text.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {

Session::Session(Environment& environment, const GlobalOptions& options)
    : environment_(environment), options_(options) {}

absl::StatusOr<client::Client*> Session::client() {
  if (client_) return client_.get();
  client::ConnectOptions connect;
  connect.address = options_.address;
  const client::TlsOptions& tls = options_.tls_options;
  if (options_.tls || !tls.ca_file.empty() || !tls.cert_file.empty() || !tls.key_file.empty() ||
      !tls.server_name.empty()) {
    connect.tls = tls;
  }
  const auto timeout = text::ParseDuration(options_.call_timeout);
  if (!timeout.ok()) return timeout.status();
  client::CallPolicy policy;
  policy.timeout = *timeout;
  auto connected = environment_.connect(connect, policy);
  if (!connected.ok()) return connected.status();
  client_ = *std::move(connected);
  return client_.get();
}

text::Format Session::format() const {
  if (options_.output == "json") return text::Format::kJson;
  if (options_.output == "yaml") return text::Format::kYaml;
  if (options_.output == "table") return text::Format::kTable;
  return environment_.out_stream == Stream::kTerminal ? text::Format::kTable : text::Format::kJson;
}

text::ColorMode Session::Color(Stream stream) const {
  // https://no-color.org: any value but the empty one turns colours off.
  const bool off = options_.no_color || stream != Stream::kTerminal ||
                   !environment_.variable("NO_COLOR").empty() ||
                   environment_.variable("TERM") == "dumb";
  return off ? text::ColorMode::kOff : text::ColorMode::kOn;
}

text::ColorMode Session::err_color() const { return Color(environment_.err_stream); }

TextOptions Session::text() const {
  TextOptions text;
  text.mode = Color(environment_.out_stream);
  text.now = environment_.now();
  text.zone = environment_.zone;
  if (environment_.out_stream == Stream::kTerminal) {
    const ScreenSize size = environment_.screen();
    text.width = size.width;
    text.height = size.height;
  }
  return text;
}

void Session::Print(const std::function<std::string()>& text,
                    const std::function<boost::json::value()>& document) {
  out() << (format() == text::Format::kTable ? text() : text::RenderDocument(document(), format()));
  out().flush();
}

void Session::PrintExecution(const v1::Execution& execution) {
  Print([&] { return ExecutionText(execution, text()); }, [&] { return text::ToJson(execution); });
}

ExitCode Session::Fail(const absl::Status& status, const std::string& definition_file) {
  err() << ErrorText(status, {options_.address, definition_file}, err_color());
  err().flush();
  return ExitCodeOf(status);
}

ExitCode Session::Misuse(const absl::Status& status) {
  (void)Fail(status);
  return ExitCode::kUsage;
}

void Session::Note(const std::string& text) { err() << text << '\n' << std::flush; }

absl::StatusOr<std::string> Session::ReadFile(const std::string& path) {
  if (path == "-") {
    return std::string{std::istreambuf_iterator<char>(environment_.in),
                       std::istreambuf_iterator<char>()};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  // A directory opens as well, and reads as nothing.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": it is a directory"));
  }
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace segue::cli
