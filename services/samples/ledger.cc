#include "services/samples/ledger.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/json.h"

namespace segue::samples {

Ledger::Ledger(const std::string& file) {
  if (!file.empty()) file_.open(file, std::ios::app);
}

Ledger::Answer Ledger::Once(const Call& call, const std::function<Answer()>& work) {
  const std::string key = absl::StrCat(call.service, "/", call.method, "/", call.key);
  {
    absl::MutexLock lock(&mutex_);
    const auto known = answers_.find(key);
    if (!call.key.empty() && known != answers_.end()) {
      Record(call, known->second.code, "true");
      return known->second;
    }
  }
  Answer answer = work();
  absl::MutexLock lock(&mutex_);
  Record(call, answer.code, "false");
  if (answer.code == 0) answers_.emplace(key, answer);
  return answer;
}

void Ledger::Record(const Call& call, int code, const char* repeat) {
  const std::string line = absl::StrCat(
      R"({"time_us":)", absl::ToUnixMicros(absl::Now()), R"(,"service":)",
      Json(call.service).Dump(), R"(,"method":)", Json(call.method).Dump(), R"(,"key":)",
      Json(call.key).Dump(), R"(,"execution_id":)", Json(call.execution_id).Dump(), R"(,"repeat":)",
      repeat, R"(,"code":)", code, "}\n");
  lines_ += line;
  if (file_.is_open()) file_ << line << std::flush;
}

std::string Ledger::Text() const {
  absl::MutexLock lock(&mutex_);
  return lines_;
}

}  // namespace segue::samples
