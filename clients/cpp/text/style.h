#pragma once

// Coloured text that knows its width.
//
// Pure. Widths count code points: Segue's names are ASCII, and what users wrote in causes may be
// cut a little late where characters are wide.

#include <string>
#include <vector>

namespace segue::text {

enum class Color { kNone, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan, kDim, kBold };

enum class ColorMode { kOff, kOn };

// `text` in `color`; unchanged when off.
std::string Paint(const std::string& text, Color color, ColorMode mode);

// Code points in UTF-8 text.
int DisplayWidth(const std::string& text);

// At most `width` code points, the last one '…' if something was cut. Control characters, which
// could break a line or drive the terminal, become spaces.
std::string Fit(const std::string& text, int width);

// Control characters as spaces.
std::string OneLine(const std::string& text);

// One line made of parts with a colour each, so that it can be cut by what is seen.
class Line {
 public:
  Line& Add(const std::string& text, Color color = Color::kNone);
  // Spaces up to this column, at least one.
  Line& PadTo(int column);
  // width 0: not cut.
  std::string Render(int width, ColorMode mode) const;

 private:
  struct Part {
    std::string text;
    Color color;
  };
  std::vector<Part> parts_;
  int width_ = 0;
};

}  // namespace segue::text
