#include "clients/cpp/text/style.h"

#include <algorithm>

namespace segue::text {
namespace {

const char* Code(Color color) {
  switch (color) {
    case Color::kNone:
      return "";
    case Color::kRed:
      return "31";
    case Color::kGreen:
      return "32";
    case Color::kYellow:
      return "33";
    case Color::kBlue:
      return "34";
    case Color::kMagenta:
      return "35";
    case Color::kCyan:
      return "36";
    case Color::kDim:
      return "2";
    case Color::kBold:
      return "1";
  }
  return "";
}

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string Paint(const std::string& text, Color color, ColorMode mode) {
  if (mode == ColorMode::kOff || color == Color::kNone || text.empty()) return text;
  return std::string("\x1b[") + Code(color) + "m" + text + "\x1b[0m";
}

int DisplayWidth(const std::string& text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !IsContinuation(byte); }));
}

std::string OneLine(const std::string& text) {
  std::string line = text;
  std::replace_if(
      line.begin(), line.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; }, ' ');
  return line;
}

std::string Fit(const std::string& text, int width) {
  std::string line = OneLine(text);
  if (DisplayWidth(line) <= width) return line;
  if (width <= 0) return "";
  int seen = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (IsContinuation(line[i])) continue;
    if (++seen == width) return line.substr(0, i) + "…";
  }
  return line;
}

Line& Line::Add(const std::string& text, Color color) {
  parts_.push_back({OneLine(text), color});
  width_ += DisplayWidth(text);
  return *this;
}

Line& Line::PadTo(int column) {
  return Add(std::string(static_cast<size_t>(std::max(1, column - width_)), ' '));
}

std::string Line::Render(int width, ColorMode mode) const {
  std::string result;
  int left = width > 0 ? width : width_;
  for (const Part& part : parts_) {
    const std::string text = Fit(part.text, left);
    result += Paint(text, part.color, mode);
    left -= DisplayWidth(text);
    if (text != part.text || left <= 0) break;
  }
  return result;
}

}  // namespace segue::text
