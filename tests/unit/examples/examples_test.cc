#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "server/language/parse.h"

namespace segue::language {
namespace {

std::vector<std::filesystem::path> Examples() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SEGUE_EXAMPLES_DIR)) {
    if (entry.path().string().ends_with(".asl.yaml")) files.push_back(entry.path());
  }
  return files;
}

TEST(Examples, AreValid) {
  const auto files = Examples();
  ASSERT_GE(files.size(), 3u);
  for (const auto& path : files) {
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const ParseResult parsed = ParseWorkflow(text);
    EXPECT_NE(parsed.workflow, nullptr) << path;
    for (const Fault& fault : parsed.faults) {
      ADD_FAILURE() << path << ":" << fault.position.line << ":" << fault.position.column << ": "
                    << fault.message;
    }
  }
}

}  // namespace
}  // namespace segue::language
