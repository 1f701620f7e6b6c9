#include "server/language/jsonata/lexer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace segue::language::jsonata {
namespace {

// The tokens of a text as "kind:text@position", or the fault's code and place.
std::vector<std::string> Tokens(std::string_view text) {
  constexpr std::string_view kKinds[] = {"end",    "name",  "variable", "string",
                                         "number", "value", "regex",    "operator"};
  Lexer lexer(text);
  std::vector<std::string> tokens;
  Lexer::Slash slash = Lexer::Slash::kRegex;
  for (;;) {
    auto next = lexer.Next(slash);
    if (const auto* fault = std::get_if<SyntaxFault>(&next)) {
      tokens.push_back(fault->code + "@" + std::to_string(fault->position));
      return tokens;
    }
    const Token& token = std::get<Token>(next);
    if (token.kind == Token::Kind::kEnd) return tokens;
    tokens.push_back(std::string(kKinds[static_cast<size_t>(token.kind)]) + ":" + token.text + "@" +
                     std::to_string(token.position));
    slash = token.kind == Token::Kind::kOperator ? Lexer::Slash::kRegex : Lexer::Slash::kDivision;
  }
}

TEST(Lexer, CutsTokens) {
  const struct {
    std::string_view text;
    std::vector<std::string> tokens;
  } rows[] = {
      {"", {}},
      {" \t\n", {}},
      {"a.b", {"name:a@1", "operator:.@2", "name:b@3"}},
      {"$x:=1", {"variable:x@2", "operator::=@4", "number:1@5"}},
      {"1.5e3 007", {"number:1500@5", "number:0@7", "number:0@8", "number:7@9"}},
      {"1..3", {"number:1@1", "operator:..@3", "number:3@4"}},
      {"'a\\n\\u0041'", {"string:a\nA@11"}},
      {R"("\ud83d\ude00")", {"string:\U0001F600@14"}},
      {"`a b`", {"name:a b@5"}},
      {"a/*x*/ /b", {"name:a@1", "operator:/@8", "name:b@9"}},
      {"(/a\\/[/]b/im)", {"operator:(@1", "regex:a\\/[/]b@12", "operator:)@13"}},
      {"true nullx null", {"value:true@4", "name:nullx@10", "value:null@15"}},
      {"a and in", {"name:a@1", "operator:and@5", "operator:in@8"}},
      {"~>!=**", {"operator:~>@2", "operator:!=@4", "operator:**@6"}},
      {"'abc", {"S0101@4"}},
      {"1e999", {"S0102@0"}},
      {"'\\q'", {"S0103@2"}},
      {"'\\u00zz'", {"S0104@2"}},
      {"`abc", {"S0105@4"}},
      {"a /* b", {"name:a@1", "S0106@2"}},
      {"//", {"S0301@1"}},
      {"/a", {"S0302@2"}},
  };
  for (const auto& row : rows) EXPECT_EQ(Tokens(row.text), row.tokens) << row.text;
}

}  // namespace
}  // namespace segue::language::jsonata
