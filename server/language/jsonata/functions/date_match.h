#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "server/language/jsonata/functions/date_picture.h"

namespace segue::language::jsonata::functions {

// Where the parts of a picture stand in a text, one after the other; empty where they do not make
// up the whole of it. As the reference has it, which reads a picture as a regular expression with a
// group for each part: case is ignored, and each part is as long as those behind it let it be. A
// fault where a part is of a kind that cannot be read.
std::variant<std::vector<std::string_view>, PictureFault> PlaceParts(std::string_view text,
                                                                     const DatePicture& picture);

// What stands between the hours and the minutes of a time zone; 0: nothing.
char ZoneSeparator(const DatePicture::Part& part);

}  // namespace segue::language::jsonata::functions
