#include "server/language/jsonata/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "server/language/jsonata/regex_syntax.h"

namespace segue::language::jsonata {
namespace {

// Far above what a sensible pattern needs, far below what holds up a server.
constexpr uint32_t kMatchSteps = 1'000'000;
constexpr uint32_t kHeapKibibytes = 64 << 10;

struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

PCRE2_SPTR Bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  std::unique_ptr<pcre2_match_context, FreeContext> limits;

  explicit Code(pcre2_code* compiled)
      : code(compiled), limits(pcre2_match_context_create(nullptr)) {
    pcre2_set_match_limit(limits.get(), kMatchSteps);
    pcre2_set_heap_limit(limits.get(), kHeapKibibytes);
  }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }
};

Regex::Regex(std::string pattern, std::unique_ptr<Code> code)
    : pattern_(std::move(pattern)), code_(std::move(code)) {}
Regex::~Regex() = default;

std::variant<std::unique_ptr<const Regex>, std::string> Regex::Compile(std::string_view pattern,
                                                                       std::string_view flags) {
  const auto refused = [&](std::string_view why) {
    std::string message = "Invalid regular expression: /";
    message.append(pattern).append("/: ").append(why);
    return message;
  };
  const auto translated = ToPcre(pattern);
  if (const auto* fault = std::get_if<PatternFault>(&translated)) return refused(fault->why);
  uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_MATCH_UNSET_BACKREF |
                     PCRE2_ALLOW_EMPTY_CLASS | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  if (flags.find('i') != std::string_view::npos) options |= PCRE2_CASELESS;
  if (flags.find('m') != std::string_view::npos) options |= PCRE2_MULTILINE;
  const std::unique_ptr<pcre2_compile_context, FreeContext> context(
      pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
  pcre2_set_parens_nest_limit(context.get(), 100);
  const std::string& text = std::get<std::string>(translated);
  int fault = 0;
  size_t offset = 0;
  pcre2_code* code =
      pcre2_compile(Bytes(text), text.size(), options, &fault, &offset, context.get());
  if (code == nullptr) {
    unsigned char why[256];
    const int size = pcre2_get_error_message(fault, why, sizeof(why));
    return refused(
        std::string_view(reinterpret_cast<char*>(why), static_cast<size_t>(size > 0 ? size : 0)));
  }
  // Where there is no just-in-time compiler, or it is refused, the interpreter matches.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return std::unique_ptr<const Regex>(
      new Regex(std::string(pattern), std::make_unique<Code>(code)));
}

Regex::Outcome Regex::Find(std::string_view text, size_t start, Match* match) const {
  const std::unique_ptr<pcre2_match_data, FreeContext> data(
      pcre2_match_data_create_from_pattern(code_->code, nullptr));
  int count =
      pcre2_match(code_->code, Bytes(text), text.size(), start, 0, data.get(), code_->limits.get());
  if (count == PCRE2_ERROR_JIT_STACKLIMIT) {
    count = pcre2_match(code_->code, Bytes(text), text.size(), start, PCRE2_NO_JIT, data.get(),
                        code_->limits.get());
  }
  if (count == PCRE2_ERROR_NOMATCH) return Outcome::kNone;
  if (count <= 0) return Outcome::kTooMuchWork;
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data.get());
  match->whole = {offsets[0], offsets[1]};
  match->groups.clear();
  for (uint32_t i = 1; i < pcre2_get_ovector_count(data.get()); ++i) {
    const PCRE2_SIZE begin = offsets[2 * i];
    if (static_cast<int>(i) >= count || begin == PCRE2_UNSET) {
      match->groups.emplace_back();
    } else {
      match->groups.emplace_back(Match::Part{begin, offsets[2 * i + 1]});
    }
  }
  return Outcome::kMatched;
}

}  // namespace segue::language::jsonata
