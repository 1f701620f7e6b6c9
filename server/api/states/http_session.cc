#include "server/api/states/http_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <utility>

namespace segue::api::states {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

std::string Text(beast::string_view view) { return std::string(view.data(), view.size()); }

HttpRequest Plain(http::request<http::string_body> message) {
  HttpRequest request{.method = Text(message.method_string()), .target = Text(message.target())};
  for (const auto& field : message) {
    request.headers.emplace_back(Text(field.name_string()), Text(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

bool ExpectsContinue(const http::request_header<>& header) {
  return beast::iequals(header[http::field::expect], "100-continue");
}

}  // namespace

HttpSession::HttpSession(boost::asio::ip::tcp::socket socket, HttpSessions& sessions)
    : stream_(std::move(socket)), sessions_(sessions) {}

void HttpSession::Start() {
  Error ignored;
  stream_.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  Read();
}

void HttpSession::Read() {
  phase_ = Phase::kIdle;
  parser_.emplace();
  parser_->body_limit(sessions_.options.max_body_bytes);
  stream_.expires_after(absl::ToChronoMilliseconds(sessions_.options.idle_timeout));
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, size_t) { self->OnHeader(error); });
}

void HttpSession::OnHeader(const Error& error) {
  if (phase_ == Phase::kClosed) return;
  if (error) {
    Refuse(error);
    return;
  }
  phase_ = Phase::kReading;
  stream_.expires_after(absl::ToChronoMilliseconds(sessions_.options.transfer_timeout));
  if (!ExpectsContinue(parser_->get())) {
    ReadBody();
    return;
  }
  response_ = Response(http::status::continue_, 11);
  http::async_write(stream_, response_, [self = shared_from_this()](const Error& failed, size_t) {
    failed ? self->Close() : self->ReadBody();
  });
}

void HttpSession::ReadBody() {
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const Error& error, size_t) { self->OnRequest(error); });
}

void HttpSession::OnRequest(const Error& error) {
  if (phase_ == Phase::kClosed) return;
  if (error) {
    Refuse(error);
    return;
  }
  Serve(parser_->release());
}

// A request that cannot be read: what can be said is said, and the connection ends.
void HttpSession::Refuse(const Error& error) {
  after_ = After::kClose;
  if (error == http::error::body_limit) {
    Write({.status = 413, .body = R"({"__type":"RequestEntityTooLargeException"})"});
  } else if (error.category() == make_error_code(http::error::bad_method).category() &&
             error != http::error::end_of_stream && error != http::error::partial_message) {
    Write({.status = 400, .body = R"({"__type":"SerializationException"})"});
  } else {
    Close();
  }
}

void HttpSession::Serve(Request request) {
  phase_ = Phase::kServing;
  after_ = request.keep_alive() ? After::kReadNext : After::kClose;
  stream_.expires_never();
  pending_.emplace(sessions_.io->get_executor());
  // The answer may come from another thread, and after the server is gone: then nobody waits.
  auto done = [weak = weak_from_this(), io = sessions_.io](HttpResponse response) {
    boost::asio::post(*io, [weak, response = std::move(response)]() mutable {
      if (const std::shared_ptr<HttpSession> self = weak.lock()) self->Write(std::move(response));
    });
  };
  HttpRequest plain = Plain(std::move(request));
  hangup_ = std::make_shared<Hangup>();
  plain.hangup = hangup_;
  WatchForHangup();
  sessions_.handler(std::move(plain), std::move(done));
}

// Nobody sends anything while he waits for an answer: what can be read then is the end.
void HttpSession::WatchForHangup() {
  const auto watched = hangup_;
  stream_.socket().async_wait(
      boost::asio::ip::tcp::socket::wait_read,
      [self = shared_from_this(), watched](const Error& error) {
        if (error || self->phase_ != Phase::kServing || self->hangup_ != watched) return;
        char byte = 0;
        Error peeked;
        self->stream_.socket().receive(boost::asio::buffer(&byte, 1),
                                       boost::asio::socket_base::message_peek, peeked);
        if (!peeked || peeked == boost::asio::error::would_block) return;
        watched->Tell();
        self->Close();
      });
}

void HttpSession::Write(HttpResponse response) {
  pending_.reset();
  hangup_.reset();
  if (phase_ == Phase::kClosed) return;
  if (sessions_.phase == HttpSessions::Phase::kDraining) after_ = After::kClose;
  response_ = Response(static_cast<http::status>(response.status), 11);
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.body() = std::move(response.body);
  response_.keep_alive(after_ == After::kReadNext);
  response_.prepare_payload();
  stream_.expires_after(absl::ToChronoMilliseconds(sessions_.options.transfer_timeout));
  http::async_write(stream_, response_, [self = shared_from_this()](const Error& error, size_t) {
    self->OnWritten(error);
  });
}

void HttpSession::OnWritten(const Error& error) {
  if (phase_ == Phase::kClosed) return;
  if (error || after_ == After::kClose || sessions_.phase == HttpSessions::Phase::kDraining) {
    Close();
  } else {
    Read();
  }
}

void HttpSession::EndIfIdle() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kReading) Close();
}

void HttpSession::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  pending_.reset();
  Error ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.close();
  sessions_.open.erase(shared_from_this());
}

}  // namespace segue::api::states
