#include "server/api/states/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/api/states/http_session.h"

namespace segue::api::states {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause(100);

const std::string* HttpRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, {name.data(), name.size()})) return &value;
  }
  return nullptr;
}

struct HttpServer::Impl {
  Impl(Options options, Handler handler)
      : io(std::make_shared<asio::io_context>(1)),
        acceptor(*io),
        accept_timer(*io),
        guard(asio::make_work_guard(*io)) {
    sessions.options = std::move(options);
    sessions.handler = std::move(handler);
    sessions.io = io;
  }

  absl::Status Open();
  void Accept();
  void AcceptLater();
  void Drain();

  std::shared_ptr<asio::io_context> io;
  tcp::acceptor acceptor;
  asio::steady_timer accept_timer;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  HttpSessions sessions;
  int port = 0;
  std::promise<void> ended;
  std::thread thread;
};

absl::Status HttpServer::Impl::Open() {
  const std::string& address = sessions.options.address;
  const size_t colon = address.rfind(':');
  if (colon == address.npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on ", address, ": give host:port (--http-address)"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  Error error;
  tcp::resolver resolver(*io);
  const auto found =
      resolver.resolve(host, address.substr(colon + 1),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  const auto failed = [&] {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": ", error.message(), " (--http-address)"));
  };
  if (error) return failed();
  const tcp::endpoint endpoint = *found.begin();
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port = acceptor.local_endpoint(error).port();
  return error ? failed() : absl::OkStatus();
}

void HttpServer::Impl::Accept() {
  acceptor.async_accept([this](const Error& error, tcp::socket socket) {
    if (!acceptor.is_open()) return;
    if (!error && sessions.open.size() < sessions.options.max_connections) {
      auto session = std::make_shared<HttpSession>(std::move(socket), sessions);
      sessions.open.insert(session);
      session->Start();
    }
    if (error) {
      AcceptLater();
    } else {
      Accept();
    }
  });
}

// Without descriptors every accept fails at once, until somebody closes one.
void HttpServer::Impl::AcceptLater() {
  accept_timer.expires_after(kAcceptPause);
  accept_timer.async_wait([this](const Error& cancelled) {
    if (!cancelled && acceptor.is_open()) Accept();
  });
}

void HttpServer::Impl::Drain() {
  sessions.phase = HttpSessions::Phase::kDraining;
  Error ignored;
  acceptor.close(ignored);
  accept_timer.cancel();
  const std::vector<std::shared_ptr<HttpSession>> open(sessions.open.begin(), sessions.open.end());
  for (const std::shared_ptr<HttpSession>& session : open) session->EndIfIdle();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(Options options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  if (absl::Status status = impl->Open(); !status.ok()) return status;
  impl->Accept();
  impl->thread = std::thread([impl = impl.get()] {
    impl->io->run();
    impl->ended.set_value();
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const { return impl_->port; }

void HttpServer::Drain() {
  asio::post(*impl_->io, [impl = impl_.get()] { impl->Drain(); });
}

// Without its guard the loop ends with its last connection.
void HttpServer::Shutdown(absl::Duration grace) {
  Drain();
  impl_->guard.reset();
  impl_->ended.get_future().wait_for(absl::ToChronoMilliseconds(grace));
}

HttpServer::~HttpServer() {
  impl_->io->stop();
  impl_->thread.join();
  impl_->sessions.open.clear();
}

}  // namespace segue::api::states
