#include "services/connector/grpc/service_types.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace segue::services {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::ServiceDescriptor;

using FilesByName = absl::flat_hash_map<std::string, FileDescriptorProto>;

class ErrorText final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(file, ": ", element, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Adds what is imported and missing, where this program has it itself: the well-known types.
void AddOwnImports(FilesByName& files) {
  std::vector<std::string> missing;
  const auto note_imports = [&](const FileDescriptorProto& file) {
    for (const std::string& name : file.dependency()) {
      if (!files.contains(name)) missing.push_back(name);
    }
  };
  for (const auto& [name, file] : files) note_imports(file);
  while (!missing.empty()) {
    const std::string name = std::move(missing.back());
    missing.pop_back();
    if (files.contains(name) || name.rfind("google/protobuf/", 0) != 0) continue;
    const FileDescriptor* own = DescriptorPool::generated_pool()->FindFileByName(name);
    if (!own) continue;
    FileDescriptorProto file;
    own->CopyTo(&file);
    note_imports(file);
    files.emplace(name, std::move(file));
  }
}

// Imports before what imports them.
void InOrder(const FilesByName& files, const std::string& name,
             absl::flat_hash_set<std::string>& visited,
             std::vector<const FileDescriptorProto*>& order) {
  const auto found = files.find(name);
  if (found == files.end() || !visited.insert(name).second) return;
  for (const std::string& import : found->second.dependency()) {
    InOrder(files, import, visited, order);
  }
  order.push_back(&found->second);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ServiceTypes>> ServiceTypes::Build(
    const std::vector<FileDescriptorProto>& files) {
  std::shared_ptr<ServiceTypes> types(new ServiceTypes);
  if (absl::Status status = types->Load(files); !status.ok()) return status;
  return types;
}

absl::Status ServiceTypes::Load(const std::vector<FileDescriptorProto>& files) {
  FilesByName by_name;
  for (const FileDescriptorProto& file : files) by_name.emplace(file.name(), file);
  AddOwnImports(by_name);
  std::vector<const FileDescriptorProto*> order;
  absl::flat_hash_set<std::string> visited;
  for (const FileDescriptorProto& file : files) InOrder(by_name, file.name(), visited, order);

  pool_.AllowUnknownDependencies();
  std::vector<const FileDescriptor*> built;
  for (const FileDescriptorProto* file : order) {
    ErrorText errors;
    const FileDescriptor* descriptor = pool_.BuildFileCollectingErrors(*file, &errors);
    if (!descriptor) {
      return absl::InvalidArgumentError(
          absl::StrCat("descriptor file ", file->name(), " is not valid: ", errors.text()));
    }
    built.push_back(descriptor);
  }
  shapes_ = std::make_unique<MessageShapes>(built, factory_);
  for (const FileDescriptor* file : built) {
    for (int i = 0; i < file->service_count(); ++i) AddService(file->service(i));
  }
  return absl::OkStatus();
}

void ServiceTypes::AddService(const ServiceDescriptor* service) {
  services_.emplace(service->full_name(), service);
  for (int i = 0; i < service->method_count(); ++i) {
    const auto* descriptor = service->method(i);
    GrpcMethod method;
    method.path = absl::StrCat("/", service->full_name(), "/", descriptor->name());
    method.is_unary = !descriptor->client_streaming() && !descriptor->server_streaming();
    method.request_shape = shapes_->Find(descriptor->input_type()->full_name());
    method.response_shape = shapes_->Find(descriptor->output_type()->full_name());
    if (!method.request_shape || !method.response_shape) continue;  // of a file that is missing
    method.request_prototype = factory_.GetPrototype(descriptor->input_type());
    method.response_prototype = factory_.GetPrototype(descriptor->output_type());
    methods_.emplace(method.path.substr(1), std::move(method));
  }
}

const GrpcMethod* ServiceTypes::Find(std::string_view method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? nullptr : &found->second;
}

std::string ServiceTypes::MethodsOf(std::string_view service) const {
  const auto found = services_.find(service);
  if (found == services_.end()) return "";
  std::vector<std::string> names;
  for (int i = 0; i < found->second->method_count(); ++i) {
    names.push_back(found->second->method(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

std::string ServiceTypes::Services() const {
  std::vector<std::string> names;
  for (const auto& [name, service] : services_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return absl::StrJoin(names, ", ");
}

}  // namespace segue::services
