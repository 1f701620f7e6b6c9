// Configuration files. Two environment variables are set: EMPTY and WORD.

#include <optional>
#include <string>

#include "server/config/config.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "EMPTY") return "";
    if (name == "WORD") return "word";
    return std::nullopt;
  };
  (void)segue::config::ParseConfig(segue::fuzz::Text(data, size), environment);
  return 0;
}
