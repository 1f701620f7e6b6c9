#include "server/observability/exposer.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/observability/process_metrics.h"

namespace segue::observability {
namespace {

class ScrapedRegistry final : public prometheus::Collectable {
 public:
  ScrapedRegistry(std::shared_ptr<prometheus::Registry> registry,
                  std::function<void()> before_scrape)
      : registry_(std::move(registry)), before_scrape_(std::move(before_scrape)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    before_scrape_();
    std::vector<prometheus::MetricFamily> families = registry_->Collect();
    for (prometheus::MetricFamily& family : ProcessMetrics()) families.push_back(std::move(family));
    return families;
  }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  std::function<void()> before_scrape_;
};

class PrometheusExposer final : public Exposer {
 public:
  // Throws where the address cannot be had: prometheus-cpp's way.
  PrometheusExposer(const std::string& address, std::shared_ptr<ScrapedRegistry> registry)
      : registry_(std::move(registry)), exposer_(address, 1) {
    exposer_.RegisterCollectable(registry_);
  }
  int port() const override { return exposer_.GetListeningPorts().front(); }

 private:
  std::shared_ptr<ScrapedRegistry> registry_;
  prometheus::Exposer exposer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Exposer>> Exposer::Listen(const std::string& address,
                                                         Metrics& metrics,
                                                         std::function<void()> before_scrape) {
  auto registry = std::make_shared<ScrapedRegistry>(metrics.registry(), std::move(before_scrape));
  try {
    return std::make_unique<PrometheusExposer>(address, std::move(registry));
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat(
        "cannot serve metrics on ", address, ": ", error.what(),
        " (is the address in use? --metrics-address chooses another, \"\" turns it off)"));
  }
}

}  // namespace segue::observability
