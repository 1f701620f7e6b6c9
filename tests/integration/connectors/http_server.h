#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/integration/connectors/certificates.h"

namespace segue::services {

using HttpServerRequest = boost::beast::http::request<boost::beast::http::string_body>;

// A small HTTP/1.1 server on a free port of 127.0.0.1: a thread a connection, which it keeps open.
// The handler returns the bytes to send; nothing: the connection is closed without an answer.
class HttpServer {
 public:
  using Handler = std::function<std::optional<std::string>(const HttpServerRequest&)>;

  explicit HttpServer(Handler handler, const Certificates* certificates = nullptr)
      : handler_(std::move(handler)),
        acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
    if (certificates) {
      tls_.emplace(boost::asio::ssl::context::tls_server);
      tls_->use_certificate_chain_file(certificates->cert_file());
      tls_->use_private_key_file(certificates->key_file(), boost::asio::ssl::context::pem);
    }
    thread_ = std::thread([this] { Accept(); });
  }
  ~HttpServer() {
    stopping_ = true;
    boost::system::error_code ignored;
    // Wakes the accept.
    boost::asio::ip::tcp::socket waker(context_);
    waker.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    {
      std::lock_guard lock(mutex_);
      for (auto& socket : sockets_) shutdown(socket->native_handle(), SHUT_RDWR);
    }
    for (auto& worker : workers_) worker.join();
  }

  int port() const { return acceptor_.local_endpoint().port(); }
  std::string url() const { return absl::StrCat(tls_ ? "https" : "http", "://127.0.0.1:", port()); }
  int connections() const { return connections_; }
  int requests() const { return requests_; }

  // "HTTP/1.1 200 OK" with a JSON body.
  static std::string Json(const std::string& body, const std::string& status = "200 OK") {
    return Reply(status, "Content-Type: application/json\r\n", body);
  }
  static std::string Reply(const std::string& status, const std::string& headers,
                           const std::string& body) {
    return absl::StrCat("HTTP/1.1 ", status, "\r\n", headers, "Content-Length: ", body.size(),
                        "\r\n\r\n", body);
  }

 private:
  using Socket = boost::asio::ip::tcp::socket;

  void Accept() {
    while (true) {
      boost::system::error_code fault;
      auto socket = std::make_shared<Socket>(context_);
      acceptor_.accept(*socket, fault);
      if (stopping_ || fault) return;
      ++connections_;
      std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      workers_.emplace_back([this, socket] { Serve(*socket); });
    }
  }

  void Serve(Socket& socket) {
    boost::system::error_code fault;
    if (!tls_) {
      Talk(socket);
    } else {
      boost::asio::ssl::stream<Socket&> stream(socket, *tls_);
      stream.handshake(boost::asio::ssl::stream_base::server, fault);
      if (!fault) Talk(stream);
    }
    shutdown(socket.native_handle(), SHUT_RDWR);
  }

  template <typename Stream>
  void Talk(Stream& stream) {
    boost::beast::flat_buffer buffer;
    while (true) {
      boost::system::error_code fault;
      HttpServerRequest request;
      boost::beast::http::read(stream, buffer, request, fault);
      if (fault) return;
      ++requests_;
      const auto reply = handler_(request);
      if (!reply) return;
      boost::asio::write(stream, boost::asio::buffer(*reply), fault);
      if (fault) return;
    }
  }

  Handler handler_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::optional<boost::asio::ssl::context> tls_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<int> requests_ = 0;
  std::mutex mutex_;
  std::list<std::shared_ptr<Socket>> sockets_;
  std::list<std::thread> workers_;
  std::thread thread_;
};

}  // namespace segue::services
