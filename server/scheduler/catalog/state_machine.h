#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/scheduler/catalog/book.h"

// What the Step Functions API keeps beside workflows and executions: plain values, each in a Book.

namespace segue::scheduler {

// What has been published of one state machine; kept by the workflow's name.
struct Publication {
  struct Version {
    int64_t number = 0;  // from 1; never used again
    int64_t workflow_version = 0;
    std::string description;
    absl::Time create_time;
  };
  struct Route {
    int64_t version = 0;  // a published version's number
    int weight = 0;       // percent
    friend bool operator==(const Route&, const Route&) = default;
  };
  struct Alias {
    std::string name;
    std::string description;
    std::vector<Route> routes;  // weights add up to 100
    absl::Time create_time;
    absl::Time update_time;
  };

  absl::Time workflow_create_time;  // of the workflow: another of its name published nothing of it
  std::vector<Version> versions;    // ascending
  int64_t next_version = 1;
  std::vector<Alias> aliases;  // by name

  const Version* FindVersion(int64_t number) const;
  const Alias* FindAlias(const std::string& name) const;
};

// Kept by its name.
struct Activity {
  absl::Time create_time;
  std::string encryption;  // JSON text as given; empty: none
};

// Of a resource, by its ARN: in the order in which they were first set.
struct Tags {
  std::vector<std::pair<std::string, std::string>> pairs;
};

Book<Publication>::Format PublicationFormat();
Book<Activity>::Format ActivityFormat();
Book<Tags>::Format TagsFormat();

}  // namespace segue::scheduler
