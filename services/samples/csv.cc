#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "services/samples/web.h"

namespace segue::samples {
namespace {

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::optional<absl::Time> TimeAt(const Json& value, std::string_view name) {
  const std::string* text = value.FindString(name);
  absl::Time time;
  if (text == nullptr || !absl::ParseTime(absl::RFC3339_full, *text, &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

std::string Field(const Json& value) {
  if (value.is_string()) return Quoted(value.string());
  const auto from = TimeAt(value, "from");
  const auto to = TimeAt(value, "to");
  if (from && to) return absl::StrCat(absl::ToInt64Milliseconds(*to - *from));
  return Quoted(value.Dump());
}

// The lines of a body {"row": [...]} or {"rows": [[...], ...]}; nullopt: it is neither.
std::optional<std::string> Lines(const std::string& body) {
  const absl::StatusOr<Json> json = Json::Parse(body);
  if (!json.ok()) return std::nullopt;
  const Json* one = json->Find("row");
  const Json* many = json->Find("rows");
  if (one == nullptr && (many == nullptr || !many->is_array())) return std::nullopt;
  std::string lines;
  for (const Json& row : one != nullptr ? Json::Array{*one} : many->array()) {
    if (!row.is_array()) return std::nullopt;
    std::string line;
    for (const Json& value : row.array()) {
      absl::StrAppend(&line, line.empty() ? "" : ",", Field(value));
    }
    lines += line + "\n";
  }
  return lines;
}

}  // namespace

HttpServer::Handler MakeCsv(const HttpConduct& conduct, std::string csv_dir) {
  return [&conduct, csv_dir = std::move(csv_dir)](const HttpRequest& request) {
    absl::string_view file = request.path;
    const bool named = absl::ConsumePrefix(&file, "/csv/") && !file.empty();
    if (csv_dir.empty() || !named || absl::StrContains(file, "/") || absl::StartsWith(file, ".")) {
      return HttpError(absl::StatusCode::kInvalidArgument,
                       "POST /csv/<file>: a plain name; and --csv-dir must be set");
    }
    // The ledger's lock, under which this runs, keeps two appends apart.
    return conduct.Serve({"csv", "append"}, request, [&] {
      const auto lines = Lines(request.body);
      if (!lines) return HttpError(absl::StatusCode::kInvalidArgument, "row: a list");
      std::ofstream(absl::StrCat(csv_dir, "/", file), std::ios::app) << *lines;
      return HttpOk(Json::Of({{"appended", 1}}));
    });
  };
}

}  // namespace segue::samples
