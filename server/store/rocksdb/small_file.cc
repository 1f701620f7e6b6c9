#include "server/store/rocksdb/small_file.h"

#include <memory>

namespace segue::store::rocks {

::rocksdb::Status WriteSmallFile(::rocksdb::Env* env, const std::string& dir,
                                 const std::string& name, const std::string& text) {
  const std::string path = dir + "/" + name;
  auto written = ::rocksdb::WriteStringToFile(env, text, path + ".new", true);
  if (written.ok()) written = env->RenameFile(path + ".new", path);
  std::unique_ptr<::rocksdb::Directory> directory;
  if (written.ok()) written = env->NewDirectory(dir, &directory);
  if (written.ok()) written = directory->Fsync();
  return written;
}

}  // namespace segue::store::rocks
