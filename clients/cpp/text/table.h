#pragma once

// Tables of text with aligned columns.

#include <string>
#include <vector>

#include "clients/cpp/text/style.h"

namespace segue::text {

enum class Align { kLeft, kRight };

struct Cell {
  // Implicit: most cells are plain text.
  // NOLINTNEXTLINE(google-explicit-constructor): see above
  Cell(std::string cell_text, Color cell_color = Color::kNone)
      : text(std::move(cell_text)), color(cell_color) {}
  // NOLINTNEXTLINE(google-explicit-constructor): see above
  Cell(const char* cell_text) : text(cell_text) {}
  std::string text;
  Color color = Color::kNone;
};

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

// Pure; rows are kept in the order they were added.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // Missing cells are empty.
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // Lines with line breaks; width 0: as wide as need be, otherwise the last column is cut.
  std::string Render(int width, ColorMode mode) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "name:   value" lines, the values aligned; rows with an empty value are left out.
class Fields {
 public:
  void Add(const std::string& name, Cell value);
  std::string Render(ColorMode mode) const;

 private:
  std::vector<std::pair<std::string, Cell>> rows_;
};

}  // namespace segue::text
