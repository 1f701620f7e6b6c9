#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace segue::services {

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A certificate authority and a server's certificate for one name, made by openssl in a directory
// of the test.
class Certificates {
 public:
  explicit Certificates(const std::string& name) {
    directory_ = ::testing::TempDir() + "/segue-tls-" + name + "-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    Run("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca"
        " -keyout ca.key -out ca.pem");
    Run("openssl req -newkey rsa:2048 -nodes -subj /CN=" + name +
        " -keyout server.key -out server.csr");
    std::ofstream(directory_ + "/san") << "subjectAltName=DNS:" << name << "\n";
    Run("openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
        " -extfile san -out server.pem");
  }
  ~Certificates() { std::filesystem::remove_all(directory_); }

  std::string ca_file() const { return directory_ + "/ca.pem"; }
  std::string cert_file() const { return directory_ + "/server.pem"; }
  std::string key_file() const { return directory_ + "/server.key"; }

 private:
  void Run(const std::string& command) {
    const std::string line = absl::StrCat("cd ", directory_, " && ", command, " >log 2>&1");
    EXPECT_EQ(std::system(line.c_str()), 0) << command << "\n" << ReadAll(directory_ + "/log");
  }

  std::string directory_;
};

}  // namespace segue::services
