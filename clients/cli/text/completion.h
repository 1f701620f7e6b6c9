#pragma once

// Completion scripts for bash, zsh and fish, generated from the commands themselves. Pure.

#include <string>
#include <vector>

namespace segue::cli {

enum class Takes { kNothing, kValue, kFile, kChoice };

struct OptionSpec {
  std::vector<std::string> names;  // "-o", "--output"
  std::string help;
  Takes takes = Takes::kNothing;
  std::vector<std::string> choices;  // with kChoice
};

struct CommandSpec {
  std::string name;
  std::string help;
  std::vector<OptionSpec> options;
  std::vector<CommandSpec> commands;
  std::vector<std::string> words;  // what may stand as a positional argument
};

std::string BashCompletion(const CommandSpec& root);
std::string ZshCompletion(const CommandSpec& root);
std::string FishCompletion(const CommandSpec& root);

}  // namespace segue::cli
