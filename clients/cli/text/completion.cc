#include "clients/cli/text/completion.h"

#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace segue::cli {
namespace {

// Calls `visit` for the command and all below it; `path` is "segue budget set".
void Walk(const CommandSpec& command, const std::string& path,
          const std::function<void(const CommandSpec&, const std::string&)>& visit) {
  visit(command, path);
  for (const CommandSpec& child : command.commands) {
    Walk(child, absl::StrCat(path, " ", child.name), visit);
  }
}

// The paths of all commands but the root, as patterns of a shell's `case`.
std::vector<std::string> Paths(const CommandSpec& root) {
  std::vector<std::string> paths;
  Walk(root, root.name, [&](const CommandSpec&, const std::string& path) {
    if (path != root.name) paths.push_back(absl::StrCat("'", path, "'"));
  });
  return paths;
}

// Options that take a value, by "-f|--file", each once: they mean the same in all commands.
std::map<std::string, OptionSpec> ValueOptions(const CommandSpec& root) {
  std::map<std::string, OptionSpec> options;
  Walk(root, root.name, [&](const CommandSpec& command, const std::string&) {
    for (const OptionSpec& option : command.options) {
      if (option.takes != Takes::kNothing)
        options.emplace(absl::StrJoin(option.names, "|"), option);
    }
  });
  return options;
}

// All that may stand after `command`: its commands, words and options, and those of the root.
std::vector<std::string> Words(const CommandSpec& command, const CommandSpec& root) {
  std::vector<std::string> words = command.words;
  for (const CommandSpec& child : command.commands) words.push_back(child.name);
  const auto add_options = [&](const CommandSpec& owner) {
    for (const OptionSpec& option : owner.options) {
      words.insert(words.end(), option.names.begin(), option.names.end());
    }
  };
  add_options(command);
  if (&command != &root) add_options(root);
  return words;
}

// Inside single quotes of a shell.
std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace

std::string BashCompletion(const CommandSpec& root) {
  const std::string function = absl::StrCat("_", root.name);
  std::string script = absl::StrCat(
      "# bash completion of ", root.name, ": source <(", root.name, " completion bash)\n", function,
      "() {\n", "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n",
      "  local at=", root.name, " word\n",
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n",
      "    case \"$at $word\" in\n      ", absl::StrJoin(Paths(root), "|"),
      ") at=\"$at $word\" ;;\n    esac\n  done\n  COMPREPLY=()\n  case \"$prev\" in\n");
  for (const auto& [names, option] : ValueOptions(root)) {
    absl::StrAppend(&script, "    ", names, ") ");
    if (option.takes == Takes::kFile) {
      absl::StrAppend(&script, "COMPREPLY=($(compgen -f -- \"$cur\")); ");
    } else if (option.takes == Takes::kChoice) {
      absl::StrAppend(&script, "COMPREPLY=($(compgen -W '", absl::StrJoin(option.choices, " "),
                      "' -- \"$cur\")); ");
    }
    absl::StrAppend(&script, "return ;;\n");
  }
  absl::StrAppend(&script, "  esac\n  case \"$at\" in\n");
  Walk(root, root.name, [&](const CommandSpec& command, const std::string& path) {
    absl::StrAppend(&script, "    '", path, "') COMPREPLY=($(compgen -W '",
                    absl::StrJoin(Words(command, root), " "), "' -- \"$cur\")) ;;\n");
  });
  absl::StrAppend(&script, "  esac\n}\ncomplete -o filenames -F ", function, " ", root.name, "\n");
  return script;
}

std::string ZshCompletion(const CommandSpec& root) {
  const std::string function = absl::StrCat("_", root.name);
  std::string script = absl::StrCat(
      "#compdef ", root.name, "\n# zsh completion of ", root.name, ": source <(", root.name,
      " completion zsh)\n", function, "() {\n  local at=", root.name, " word\n",
      "  for word in ${words[2,CURRENT-1]}; do\n    case \"$at $word\" in\n      (",
      absl::StrJoin(Paths(root), "|"), ") at=\"$at $word\" ;;\n    esac\n  done\n",
      "  case \"${words[CURRENT-1]}\" in\n");
  for (const auto& [names, option] : ValueOptions(root)) {
    const std::string action =
        option.takes == Takes::kFile ? "_files; "
        : option.takes == Takes::kChoice
            ? absl::StrCat("compadd ", absl::StrJoin(option.choices, " "), "; ")
            : "";
    absl::StrAppend(&script, "    (", names, ") ", action, "return ;;\n");
  }
  absl::StrAppend(&script, "  esac\n  local -a commands\n  case \"$at\" in\n");
  Walk(root, root.name, [&](const CommandSpec& command, const std::string& path) {
    absl::StrAppend(&script, "    ('", path, "')\n");
    if (!command.commands.empty()) {
      absl::StrAppend(&script, "      commands=(");
      for (const CommandSpec& child : command.commands) {
        // _describe splits at the first colon.
        absl::StrAppend(&script, "\n        ", Quoted(absl::StrCat(child.name, ":", child.help)));
      }
      absl::StrAppend(&script, ")\n      _describe command commands\n");
    }
    CommandSpec rest = command;
    rest.commands.clear();
    absl::StrAppend(&script, "      compadd -- ", absl::StrJoin(Words(rest, root), " "),
                    "\n      ;;\n");
  });
  absl::StrAppend(&script, "  esac\n}\n", "if [ \"$funcstack[1]\" = '", function, "' ]; then ",
                  function, "; else compdef ", function, " ", root.name, "; fi\n");
  return script;
}

std::string FishCompletion(const CommandSpec& root) {
  const std::string at = absl::StrCat("__", root.name, "_at");
  std::string script = absl::StrCat(
      "# fish completion of ", root.name, ": ", root.name, " completion fish | source\n",
      "function ", at, "\n  set -l at ", root.name,
      "\n  for word in (commandline -opc)[2..-1]\n    switch \"$at $word\"\n      case ",
      absl::StrJoin(Paths(root), " "),
      "\n        set at \"$at $word\"\n    end\n  end\n  test \"$at\" = \"$argv[1]\"\nend\n",
      "complete -c ", root.name, " -f\n");
  const auto add_option = [&](const std::string& condition, const OptionSpec& option) {
    absl::StrAppend(&script, "complete -c ", root.name, condition);
    for (const std::string& name : option.names) {
      const bool is_long = name.starts_with("--");
      absl::StrAppend(&script, is_long ? " -l " : " -s ", name.substr(is_long ? 2 : 1));
    }
    if (option.takes == Takes::kFile) absl::StrAppend(&script, " -r -F");
    if (option.takes == Takes::kValue) absl::StrAppend(&script, " -x");
    if (option.takes == Takes::kChoice) {
      absl::StrAppend(&script, " -x -a ", Quoted(absl::StrJoin(option.choices, " ")));
    }
    absl::StrAppend(&script, " -d ", Quoted(option.help), "\n");
  };
  for (const OptionSpec& option : root.options) add_option("", option);
  Walk(root, root.name, [&](const CommandSpec& command, const std::string& path) {
    const std::string condition = absl::StrCat(" -n \"", at, " '", path, "'\"");
    for (const CommandSpec& child : command.commands) {
      absl::StrAppend(&script, "complete -c ", root.name, condition, " -a ", child.name, " -d ",
                      Quoted(child.help), "\n");
    }
    if (!command.words.empty()) {
      absl::StrAppend(&script, "complete -c ", root.name, condition, " -a ",
                      Quoted(absl::StrJoin(command.words, " ")), "\n");
    }
    if (&command == &root) return;
    for (const OptionSpec& option : command.options) add_option(condition, option);
  });
  return script;
}

}  // namespace segue::cli
