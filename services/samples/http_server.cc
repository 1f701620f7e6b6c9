#include "services/samples/http_server.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace segue::samples {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = boost::asio::ip::tcp;
using Message = http::request<http::string_body>;

std::string HeaderOf(const Message& message, const char* name) {
  const auto value = message[name];
  return {value.data(), value.size()};
}

HttpRequest RequestFrom(const Message& message) {
  const std::string target(message.target().data(), message.target().size());
  const size_t question = target.find('?');
  return {.method = std::string(message.method_string()),
          .path = target.substr(0, question),
          .query = question == std::string::npos ? "" : target.substr(question + 1),
          .body = message.body(),
          .idempotency_key = HeaderOf(message, "Idempotency-Key")};
}

class BeastServer final : public HttpServer {
 public:
  explicit BeastServer(Handler handler) : handler_(std::move(handler)) {}

  ~BeastServer() override {
    // From here on nothing is accepted, and nobody else touches the acceptor.
    io_.stop();
    if (thread_.joinable()) thread_.join();
    std::unique_lock lock(mutex_);
    // Wakes their reads. The system call: the objects belong to their threads.
    for (const auto& socket : open_) shutdown(socket->native_handle(), SHUT_RDWR);
    closed_.wait(lock, [this] { return open_.empty(); });
  }

  boost::system::error_code Open(int port) {
    boost::system::error_code error;
    const tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(),
                                 static_cast<unsigned short>(port));
    if (acceptor_.open(endpoint.protocol(), error) ||
        acceptor_.set_option(tcp::acceptor::reuse_address(true), error) ||
        acceptor_.bind(endpoint, error) ||
        acceptor_.listen(tcp::socket::max_listen_connections, error)) {
      return error;
    }
    AcceptNext();
    thread_ = std::thread([this] { io_.run(); });
    return error;
  }

  int port() const override { return acceptor_.local_endpoint().port(); }

 private:
  using Sockets = std::set<std::shared_ptr<tcp::socket>>;

  void AcceptNext() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket peer) {
      if (!error) {
        // Slower without, no worse.
        [[maybe_unused]] const auto fault = peer.set_option(tcp::no_delay(true), error);
        auto socket = std::make_shared<tcp::socket>(std::move(peer));
        {
          const std::lock_guard lock(mutex_);
          open_.insert(socket);
        }
        std::thread([this, mine = std::move(socket)]() mutable {
          Serve(std::move(mine));
        }).detach();
      }
      AcceptNext();
    });
  }

  void Serve(std::shared_ptr<tcp::socket> socket) {
    Talk(*socket);
    // Told under the lock: once it is free, this server may be gone.
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
    socket.reset();  // while io_ still stands
    closed_.notify_all();
  }

  void Talk(tcp::socket& socket) {
    beast::flat_buffer buffer;
    boost::system::error_code error;
    while (!error) {
      Message message;
      http::read(socket, buffer, message, error);
      if (error) break;
      const HttpResponse answer = handler_(RequestFrom(message));
      http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
      response.set(http::field::content_type, answer.content_type);
      for (const auto& [name, value] : answer.headers) response.set(name, value);
      response.keep_alive(message.keep_alive());
      response.body() = answer.body;
      response.prepare_payload();
      http::write(socket, response, error);
      if (!message.keep_alive()) return;
    }
  }

  const Handler handler_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_};
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable closed_;
  Sockets open_;  // under the mutex
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(int port, Handler handler) {
  auto server = std::make_unique<BeastServer>(std::move(handler));
  if (const auto error = server->Open(port)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on port ", port, ": ", error.message()));
  }
  return server;
}

}  // namespace segue::samples
