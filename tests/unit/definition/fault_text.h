#pragma once

#include <string>
#include <vector>

#include "server/language/parse.h"

namespace segue::language {

// "3:14 /States/A/Next MISSING_TRANSITION_TARGET Missing 'Next' target: B", one for each fault.
inline std::vector<std::string> FaultTexts(const std::vector<Fault>& faults) {
  std::vector<std::string> texts;
  for (const Fault& fault : faults) {
    const Position& at = fault.position;
    texts.push_back(std::to_string(at.line) + ":" + std::to_string(at.column) + " " + at.pointer +
                    " " + fault.code + " " + fault.message);
  }
  return texts;
}

}  // namespace segue::language
