#include "server/api/states/states_api.h"

#include <atomic>
#include <utility>

#include "server/api/states/call.h"
#include "server/api/states/input_check.h"
#include "server/api/states/operations.h"
#include "server/api/states/service_model.h"
#include "server/async/cancellation.h"

namespace segue::api::states {
namespace {

constexpr std::string_view kTargetPrefix = "AWSStepFunctions.";
constexpr char kContentType[] = "application/x-amz-json-1.0";
constexpr int kInputDepthMax = 64;

int HttpStatusOf(const ApiError& error) {
  if (error.type == "InternalFailure") return 500;
  if (error.type == "ServiceUnavailable") return 503;
  return 400;
}

HttpResponse Encode(const Answer& answer, std::string request_id) {
  HttpResponse response{
      .headers = {{"Content-Type", kContentType}, {"x-amzn-RequestId", std::move(request_id)}}};
  if (answer.ok()) {
    response.body = answer->Dump();
    return response;
  }
  const ApiError& error = answer.error();
  response.status = HttpStatusOf(error);
  response.headers.emplace_back("x-amzn-errortype", error.type);
  response.body = Json::Of({{"__type", error.type}, {"message", error.message}}).Dump();
  return response;
}

std::string_view OperationName(const HttpRequest& request) {
  const std::string* target = request.Header("X-Amz-Target");
  if (target == nullptr || !target->starts_with(kTargetPrefix)) return "";
  return std::string_view(*target).substr(kTargetPrefix.size());
}

ApiResult<Json> ParseBody(const std::string& body) {
  if (body.empty()) return Json(Json::Object());
  absl::StatusOr<Json> json = Json::Parse(body, kInputDepthMax);
  if (json.ok() && json->is_object()) return *std::move(json);
  return ApiError{"SerializationException", "The request's body is not a JSON object"};
}

}  // namespace

struct StatesApi::Impl {
  // A request from its arrival to its answer.
  struct Request {
    absl::Time began;
    std::string id;
    std::string_view operation;  // the service model's own text
    HttpServer::Done done;
    // Cancelled, where it runs, when nobody waits for the answer any more.
    std::shared_ptr<async::CancelSource> gone = std::make_shared<async::CancelSource>();
  };

  ApiResult<Json> Decode(const HttpRequest& http, Operation* operation) const;
  async::Task<void> Serve(const Lane& lane, Operation operation, Json input, Request request,
                          uint64_t seed);
  void Finish(Request request, const Answer& answer);

  Dependencies deps;
  Options options;
  Environment environment;
  std::atomic<bool> ready{false};
  Random random{0};  // the HTTP thread's
  size_t next_lane = 0;
};

StatesApi::StatesApi(Dependencies dependencies, Options options) : impl_(std::make_unique<Impl>()) {
  impl_->environment = {.scheduler = dependencies.scheduler,
                        .scope = dependencies.scheduler->arns(),
                        .tasks = dependencies.tasks};
  impl_->random = Random(dependencies.seed);
  impl_->deps = std::move(dependencies);
  impl_->options = std::move(options);
}

StatesApi::~StatesApi() = default;

void StatesApi::SetReady() { impl_->ready = true; }

ApiResult<Json> StatesApi::Impl::Decode(const HttpRequest& http, Operation* operation) const {
  if (options.keys) {
    std::optional<ApiError> refused = VerifySignature(http, *options.keys, deps.clock->Now());
    if (refused) return *std::move(refused);
  }
  const std::string_view name = OperationName(http);
  const Shape* shape = InputOf(name);
  *operation = FindOperation(name);
  if (http.method != "POST" || shape == nullptr || *operation == nullptr) {
    return ApiError{"UnknownOperationException", ""};
  }
  if (!ready) return ApiError{"ServiceUnavailable", "the server is starting: try again shortly"};
  ApiResult<Json> input = ParseBody(http.body);
  if (!input.ok()) return input;
  const int64_t data_max =
      name == "SendTaskSuccess" ? options.max_result_bytes : options.max_input_bytes;
  if (std::optional<ApiError> error = CheckInput(*input, *shape, data_max)) {
    return *std::move(error);
  }
  return input;
}

void StatesApi::Handle(HttpRequest http, HttpServer::Done done) {
  Impl& impl = *impl_;
  Operation operation = nullptr;
  ApiResult<Json> input = impl.Decode(http, &operation);
  Impl::Request request{.began = impl.deps.clock->Now(),
                        .id = impl.random.Uuid(),
                        .operation = OperationText(OperationName(http)),
                        .done = std::move(done)};
  if (!input.ok()) {
    impl.Finish(std::move(request), input.error());
    return;
  }
  const Lane& lane = impl.deps.lanes[impl.next_lane++ % impl.deps.lanes.size()];
  if (http.hangup != nullptr) {
    http.hangup->OnGone([executor = lane.executor, weak = std::weak_ptr(request.gone)] {
      executor->Post([weak] {
        if (const auto gone = weak.lock()) gone->Cancel();
      });
    });
  }
  lane.executor->Post([&impl, &lane, operation, input = *std::move(input),
                       request = std::move(request), seed = impl.random.Next()]() mutable {
    lane.tasks->Spawn(impl.Serve(lane, operation, std::move(input), std::move(request), seed));
  });
}

async::Task<void> StatesApi::Impl::Serve(const Lane& lane, Operation operation, Json input,
                                         Request request, uint64_t seed) {
  Call call{.environment = environment,
            .input = std::move(input),
            .now = deps.clock->Now(),
            .random = Random(seed),
            .executor = lane.executor,
            .caller_gone = request.gone->token()};
  const Answer answer = co_await operation(call);
  Finish(std::move(request), answer);
}

void StatesApi::Impl::Finish(Request request, const Answer& answer) {
  deps.observer->OnRequest(request.operation, answer.ok() ? "OK" : answer.error().type,
                           deps.clock->Now() - request.began);
  request.done(Encode(answer, std::move(request.id)));
}

}  // namespace segue::api::states
