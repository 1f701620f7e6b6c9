#include "clients/cpp/text/table.h"

#include <algorithm>
#include <utility>

namespace segue::text {
namespace {

constexpr int kGap = 2;

}  // namespace

std::string Table::Render(int width, ColorMode mode) const {
  std::vector<int> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    }
  }
  const auto render_row = [&](const std::vector<Cell>& row) {
    Line line;
    int start = 0;
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      const int indent =
          columns_[i].align == Align::kRight ? widths[i] - DisplayWidth(row[i].text) : 0;
      if (start + indent > 0) line.PadTo(start + indent);
      line.Add(row[i].text, row[i].color);
      start += widths[i] + kGap;
    }
    return line.Render(width, mode) + "\n";
  };
  std::vector<Cell> heading;
  for (const Column& column : columns_) heading.emplace_back(column.title, Color::kBold);
  std::string text = render_row(heading);
  for (const auto& row : rows_) text += render_row(row);
  return text;
}

void Fields::Add(const std::string& name, Cell value) {
  if (!value.text.empty()) rows_.emplace_back(name, std::move(value));
}

std::string Fields::Render(ColorMode mode) const {
  int width = 0;
  for (const auto& [name, value] : rows_) width = std::max(width, DisplayWidth(name));
  std::string text;
  for (const auto& [name, value] : rows_) {
    text += Paint(name + ":", Color::kBold, mode);
    text += std::string(static_cast<size_t>(width - DisplayWidth(name) + kGap), ' ');
    text += Paint(value.text, value.color, mode) + "\n";
  }
  return text;
}

}  // namespace segue::text
