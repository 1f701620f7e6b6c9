#pragma once

namespace segue::process {

inline constexpr char kVersion[] = SEGUE_VERSION;
inline constexpr char kGitCommit[] = SEGUE_GIT_COMMIT;
inline constexpr char kBuildType[] = SEGUE_BUILD_TYPE;

}  // namespace segue::process
