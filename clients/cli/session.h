#pragma once

// One run of `segue`: the global options, the connection, and how to print.

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/environment.h"
#include "clients/cli/exit_code.h"
#include "clients/cli/text/executions.h"
#include "clients/cpp/text/documents.h"

namespace segue::cli {

// As given on the command line.
struct GlobalOptions {
  std::string address = "127.0.0.1:50051";
  bool tls = false;
  client::TlsOptions tls_options;
  std::string output;  // "table", "json", "yaml"; empty: by where it goes
  bool no_color = false;
  std::string call_timeout = "30s";
};

// Not thread-safe.
class Session {
 public:
  Session(Environment& environment, const GlobalOptions& options);

  Environment& environment() { return environment_; }
  std::ostream& out() { return environment_.out; }
  std::ostream& err() { return environment_.err; }

  // Connects when it is first called.
  absl::StatusOr<client::Client*> client();

  // What -o says; a table on a terminal and JSON elsewhere without it.
  text::Format format() const;
  // Whether -o was given.
  bool format_chosen() const { return !options_.output.empty(); }
  // For lines on stdout.
  TextOptions text() const;
  text::ColorMode err_color() const;

  // Prints `text()` or `document()`, by the format.
  void Print(const std::function<std::string()>& text,
             const std::function<boost::json::value()>& document);
  void PrintExecution(const v1::Execution& execution);

  // Prints the error with a hint, and says with which code to exit. `definition_file`: whose faults
  // the error reports.
  ExitCode Fail(const absl::Status& status, const std::string& definition_file = "");
  // The same for what the command line itself has wrong: no server was asked.
  ExitCode Misuse(const absl::Status& status);
  // A line on stderr, not to be mixed with what programs read.
  void Note(const std::string& text);

  // The text of a file, or of stdin for "-".
  absl::StatusOr<std::string> ReadFile(const std::string& path);

 private:
  text::ColorMode Color(Stream stream) const;

  Environment& environment_;
  const GlobalOptions& options_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace segue::cli
