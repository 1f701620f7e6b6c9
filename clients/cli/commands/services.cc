#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/services_text.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

ExitCode List(Session& session, const Paging& paging) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto response = FetchPages<v1::ListServicesResponse>(
      v1::ListServicesRequest(), paging,
      [&](const v1::ListServicesRequest& page) { return (*client)->ListServices(page); });
  if (!response.ok()) return session.Fail(response.status());
  session.Print(
      [&] {
        return ServicesTable({response->services().begin(), response->services().end()},
                             session.text());
      },
      [&] { return text::ToJsonList(*response, "services"); });
  NoteNextPage(session, response->next_page_token());
  return ExitCode::kSucceeded;
}

ExitCode Get(Session& session, const std::string& name) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  v1::GetServiceRequest request;
  request.set_name(name);
  const auto response = (*client)->GetService(request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print([&] { return ServicesTable({response->service()}, session.text()); },
                [&] { return text::ToJson(response->service()); });
  return ExitCode::kSucceeded;
}

struct BudgetOptions {
  std::string service;
  double rate = 0;
  double burst = 0;
  int concurrency = 0;
  std::string timeout;
  std::string etag;
  CLI::Option* rate_option = nullptr;
  CLI::Option* burst_option = nullptr;
  CLI::Option* concurrency_option = nullptr;
  CLI::Option* timeout_option = nullptr;
};

// Only what was given is changed.
absl::StatusOr<v1::UpdateServiceBudgetRequest> Request(const BudgetOptions& options) {
  v1::UpdateServiceBudgetRequest request;
  request.set_name(options.service);
  request.set_etag(options.etag);
  v1::Budget& budget = *request.mutable_budget();
  auto& mask = *request.mutable_update_mask();
  if (options.rate_option->count() > 0) {
    budget.set_rate_per_second(options.rate);
    mask.add_paths("rate_per_second");
  }
  if (options.burst_option->count() > 0) {
    budget.set_burst(options.burst);
    mask.add_paths("burst");
  }
  if (options.concurrency_option->count() > 0) {
    budget.set_max_concurrency(options.concurrency);
    mask.add_paths("max_concurrency");
  }
  if (options.timeout_option->count() > 0) {
    const auto timeout = text::ParseDuration(options.timeout);
    if (!timeout.ok()) return timeout.status();
    *budget.mutable_timeout() = text::ToProto(*timeout);
    mask.add_paths("timeout");
  }
  if (mask.paths().empty()) {
    return absl::InvalidArgumentError(
        "nothing to set: give --rate, --burst, --concurrency or --timeout");
  }
  return request;
}

ExitCode SetBudget(Session& session, const BudgetOptions& options) {
  const auto request = Request(options);
  if (!request.ok()) return session.Misuse(request.status());
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto response = (*client)->UpdateServiceBudget(*request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print([&] { return ServicesTable({response->service()}, session.text()); },
                [&] { return text::ToJson(response->service()); });
  return ExitCode::kSucceeded;
}

}  // namespace

void AddServices(Commands& commands) {
  auto paging = std::make_shared<Paging>();
  CLI::App* family = commands.root.add_subcommand(
      "services", "Show the services that Segue calls, their budgets and what is used of them");
  family->require_subcommand(0, 1);
  CLI::App* list = family->add_subcommand("list", "List services by name (default)");
  for (CLI::App* command : {family, list}) {
    AddPaging(*command, *paging);
    commands.Handle(command, [paging](Session& session) { return List(session, *paging); });
  }
  auto name = std::make_shared<std::string>();
  CLI::App* get = family->add_subcommand("get", "Show one service");
  get->add_option("service", *name, "Its name")->required();
  commands.Handle(get, [name](Session& session) { return Get(session, *name); });
}

void AddBudget(Commands& commands) {
  CLI::App* family = commands.root.add_subcommand("budget", "Change what a service may be given");
  family->require_subcommand(1);
  CLI::App* set = family->add_subcommand(
      "set", "Change a service's budget, at once and durably; what is not given stays");
  auto options = std::make_shared<BudgetOptions>();
  set->add_option("service", options->service, "Its name")->required();
  options->rate_option =
      set->add_option("--rate", options->rate, "Attempts per second; 0: no limit");
  options->burst_option =
      set->add_option("--burst", options->burst, "Attempts at once after a pause; 0: one second's");
  options->concurrency_option = set->add_option("--concurrency", options->concurrency,
                                                "Attempts under way together; 0: no limit");
  options->timeout_option =
      set->add_option("--timeout", options->timeout, "How long an attempt may take, e.g. 5s")
          ->type_name("DURATION");
  set->add_option("--etag", options->etag, "Only if the service is still as it was read");
  commands.Handle(set, [options](Session& session) { return SetBudget(session, *options); });
}

}  // namespace segue::cli
