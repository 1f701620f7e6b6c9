#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <set>

#include "server/api/states/http_server.h"

namespace segue::api::states {

class HttpSession;

// What the connections of one server share; its thread's alone.
struct HttpSessions {
  HttpServer::Options options;
  HttpServer::Handler handler;
  std::shared_ptr<boost::asio::io_context> io;
  std::set<std::shared_ptr<HttpSession>> open;
  enum class Phase { kServing, kDraining } phase = Phase::kServing;
};

// One connection. Held by HttpSessions and by what it waits for.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, HttpSessions& sessions);

  void Start();
  // Ends it, unless a request is being served: that is answered first.
  void EndIfIdle();

 private:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  using Error = boost::system::error_code;

  void Read();
  void OnHeader(const Error& error);
  void ReadBody();
  void OnRequest(const Error& error);
  void Refuse(const Error& error);
  void Serve(Request request);
  void WatchForHangup();
  void Write(HttpResponse response);
  void OnWritten(const Error& error);
  void Close();

  boost::beast::tcp_stream stream_;
  HttpSessions& sessions_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  Response response_;
  std::shared_ptr<Hangup> hangup_;  // of the request that is being served
  // While a request is served elsewhere, the loop has to stay for its answer.
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> pending_;
  enum class Phase { kIdle, kReading, kServing, kClosed } phase_ = Phase::kIdle;
  enum class After { kReadNext, kClose } after_ = After::kReadNext;
};

}  // namespace segue::api::states
