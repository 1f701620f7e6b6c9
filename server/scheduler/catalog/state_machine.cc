#include "server/scheduler/catalog/state_machine.h"

#include <algorithm>

#include "segue/storage/v1/records.pb.h"

namespace segue::scheduler {
namespace {

namespace pb = segue::storage::v1;

std::string EncodePublication(const Publication& publication) {
  pb::PublicationRecord record;
  for (const Publication::Version& version : publication.versions) {
    pb::PublicationRecord::Version& written = *record.add_versions();
    written.set_number(version.number);
    written.set_workflow_version(version.workflow_version);
    written.set_description(version.description);
    written.set_create_time_us(absl::ToUnixMicros(version.create_time));
  }
  record.set_next_version(publication.next_version);
  record.set_workflow_create_time_us(absl::ToUnixMicros(publication.workflow_create_time));
  for (const Publication::Alias& alias : publication.aliases) {
    pb::PublicationRecord::Alias& written = *record.add_aliases();
    written.set_name(alias.name);
    written.set_description(alias.description);
    for (const Publication::Route& route : alias.routes) {
      pb::PublicationRecord::Route& leads = *written.add_routes();
      leads.set_version(route.version);
      leads.set_weight(route.weight);
    }
    written.set_create_time_us(absl::ToUnixMicros(alias.create_time));
    written.set_update_time_us(absl::ToUnixMicros(alias.update_time));
  }
  return record.SerializeAsString();
}

std::optional<Publication> DecodePublication(const std::string& text) {
  pb::PublicationRecord record;
  if (!record.ParseFromString(text)) return std::nullopt;
  Publication publication{
      .workflow_create_time = absl::FromUnixMicros(record.workflow_create_time_us()),
      .next_version = record.next_version()};
  for (const pb::PublicationRecord::Version& version : record.versions()) {
    publication.versions.push_back({.number = version.number(),
                                    .workflow_version = version.workflow_version(),
                                    .description = version.description(),
                                    .create_time = absl::FromUnixMicros(version.create_time_us())});
  }
  for (const pb::PublicationRecord::Alias& read : record.aliases()) {
    Publication::Alias alias{.name = read.name(),
                             .description = read.description(),
                             .create_time = absl::FromUnixMicros(read.create_time_us()),
                             .update_time = absl::FromUnixMicros(read.update_time_us())};
    for (const pb::PublicationRecord::Route& route : read.routes()) {
      alias.routes.push_back({.version = route.version(), .weight = route.weight()});
    }
    publication.aliases.push_back(std::move(alias));
  }
  return publication;
}

std::string EncodeActivity(const Activity& activity) {
  pb::ActivityRecord record;
  record.set_create_time_us(absl::ToUnixMicros(activity.create_time));
  record.set_encryption(activity.encryption);
  return record.SerializeAsString();
}

std::optional<Activity> DecodeActivity(const std::string& text) {
  pb::ActivityRecord record;
  if (!record.ParseFromString(text)) return std::nullopt;
  return Activity{.create_time = absl::FromUnixMicros(record.create_time_us()),
                  .encryption = record.encryption()};
}

std::string EncodeTags(const Tags& tags) {
  pb::TagsRecord record;
  for (const auto& [key, value] : tags.pairs) {
    pb::TagsRecord::Tag& tag = *record.add_tags();
    tag.set_key(key);
    tag.set_value(value);
  }
  return record.SerializeAsString();
}

std::optional<Tags> DecodeTags(const std::string& text) {
  pb::TagsRecord record;
  if (!record.ParseFromString(text)) return std::nullopt;
  Tags tags;
  for (const pb::TagsRecord::Tag& tag : record.tags()) {
    tags.pairs.emplace_back(tag.key(), tag.value());
  }
  return tags;
}

}  // namespace

const Publication::Version* Publication::FindVersion(int64_t number) const {
  const auto found = std::ranges::find(versions, number, &Version::number);
  return found == versions.end() ? nullptr : &*found;
}

const Publication::Alias* Publication::FindAlias(const std::string& name) const {
  const auto found = std::ranges::find(aliases, name, &Alias::name);
  return found == aliases.end() ? nullptr : &*found;
}

Book<Publication>::Format PublicationFormat() {
  return {.collection = "publication", .encode = EncodePublication, .decode = DecodePublication};
}

Book<Activity>::Format ActivityFormat() {
  return {.collection = "activity", .encode = EncodeActivity, .decode = DecodeActivity};
}

Book<Tags>::Format TagsFormat() {
  return {.collection = "tags", .encode = EncodeTags, .decode = DecodeTags};
}

}  // namespace segue::scheduler
