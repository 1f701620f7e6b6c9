#include "clients/cli/text/services_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cpp/text/documents.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

std::string RateText(const v1::Budget& budget) {
  return budget.rate_per_second() == 0 ? "-" : absl::StrFormat("%g/s", budget.rate_per_second());
}

// Without a rate it has no meaning; 0 is one second's worth (service.proto).
std::string BurstText(const v1::Budget& budget) {
  if (budget.rate_per_second() == 0) return "-";
  const double burst =
      budget.burst() == 0 ? std::max(1.0, budget.rate_per_second()) : budget.burst();
  return absl::StrFormat("%g", burst);
}

std::string SlotsText(const v1::Service& service) {
  const int used = service.usage().slots_in_use();
  const int limit = service.budget().max_concurrency();
  return limit == 0 ? std::to_string(used) : absl::StrCat(used, "/", limit);
}

}  // namespace

std::string ServicesTable(const std::vector<v1::Service>& services, const TextOptions& options) {
  text::Table table({{"NAME"},
                     {"KIND"},
                     {"RATE", text::Align::kRight},
                     {"BURST", text::Align::kRight},
                     {"TIMEOUT", text::Align::kRight},
                     {"IN USE", text::Align::kRight},
                     {"QUEUED", text::Align::kRight},
                     {"OLDEST", text::Align::kRight},
                     {"ADDRESS"}});
  for (const v1::Service& service : services) {
    const v1::Budget& budget = service.budget();
    const v1::BudgetUsage& usage = service.usage();
    table.Add(
        {{service.name(), text::Color::kBold},
         text::EnumName(service.connector()),
         RateText(budget),
         BurstText(budget),
         budget.has_timeout() ? text::ShortDuration(text::FromProto(budget.timeout())) : "60s",
         SlotsText(service),
         {std::to_string(usage.queue_depth()),
          usage.queue_depth() > 0 ? text::Color::kYellow : text::Color::kNone},
         usage.has_oldest_wait_time()
             ? text::ShortDuration(options.now - text::FromProto(usage.oldest_wait_time()))
             : "",
         service.address()});
  }
  return table.Render(options.width, options.mode);
}

}  // namespace segue::cli
