#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/base/json.h"
#include "server/base/random.h"
#include "services/connector/grpc/json_to_message.h"
#include "services/connector/grpc/message_to_json.h"
#include "services/connector/grpc/service_types.h"
#include "tests/unit/connector/every_type.pb.h"

namespace segue::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using test::EveryType;
using ::testing::HasSubstr;

// Dynamic types, as the connector uses them: not a word of generated code in the conversion.
const ServiceTypes& Types() {
  static const auto* types = [] {
    google::protobuf::FileDescriptorProto file;
    EveryType::descriptor()->file()->CopyTo(&file);
    return new std::shared_ptr<const ServiceTypes>(*ServiceTypes::Build({file}));
  }();
  return **types;
}

const MessageShape& Shape() { return *Types().shapes().Find("segue.test.EveryType"); }

std::unique_ptr<Message> NewDynamic() {
  return std::unique_ptr<Message>(
      Types().shapes().factory().GetPrototype(Shape().descriptor)->New());
}

// The fault; empty where there is none and `message` holds the result.
std::string Read(const Json& json, EveryType* message) {
  const auto dynamic = NewDynamic();
  const JsonFaultPtr fault = JsonToMessage(json, Shape(), Types().shapes(), dynamic.get());
  if (fault) return fault->ToString();
  EXPECT_TRUE(message->ParseFromString(dynamic->SerializeAsString()));
  return "";
}

Json Write(const EveryType& message) {
  const auto dynamic = NewDynamic();
  EXPECT_TRUE(dynamic->ParseFromString(message.SerializeAsString()));
  MessageAsJson result;
  const JsonFaultPtr fault = MessageToJson(*dynamic, Shape(), Types().shapes(), &result);
  EXPECT_EQ(fault ? fault->ToString() : "", "");
  EXPECT_FALSE(result.has_unknown_fields);
  return result.json;
}

Json WriteByProtobuf(const EveryType& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  EXPECT_TRUE(status.ok()) << status.ToString();
  auto json = Json::Parse(text);
  EXPECT_TRUE(json.ok()) << json.status() << text;
  return json.ok() ? *json : Json();
}

// Fills messages with values at random, by seed.
class Filler {
 public:
  explicit Filler(uint64_t seed) : random_(seed) {}

  void Fill(Message* message, int depth) {
    const std::string& type = message->GetDescriptor()->full_name();
    if (type == "google.protobuf.Any") {
      EveryType::Nested nested;
      Fill(&nested, 2);
      static_cast<google::protobuf::Any*>(message)->PackFrom(nested);
      return;
    }
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message->GetDescriptor()->field(i);
      const bool is_value_kind = type == "google.protobuf.Value";
      if (!is_value_kind && random_.Below(4) == 0) continue;
      if (is_value_kind && field->index() != value_kind_) continue;
      if (field->is_repeated()) {
        for (uint64_t n = random_.Below(3); n > 0; --n) Set(message, field, depth);
      } else {
        Set(message, field, depth);
      }
    }
    if (type == "google.protobuf.Timestamp" || type == "google.protobuf.Duration") {
      SetTime(message);
    }
  }

 private:
  void SetTime(Message* message) {
    constexpr int64_t kNanos[] = {0, 5, 120000000, 123456000, 999999999};
    const auto* reflection = message->GetReflection();
    const int64_t seconds = static_cast<int64_t>(random_.Below(300000000000)) - 60000000000;
    int64_t nanos = kNanos[random_.Below(5)];
    const bool is_duration = message->GetDescriptor()->name() == "Duration";
    if (is_duration && seconds < 0) nanos = -nanos;
    reflection->SetInt64(message, message->GetDescriptor()->field(0), seconds);
    reflection->SetInt32(message, message->GetDescriptor()->field(1), static_cast<int32_t>(nanos));
  }

  std::string Text(const FieldDescriptor* field) {
    if (field->full_name() == "google.protobuf.FieldMask.paths") return "foo_bar.baz";
    constexpr const char* kTexts[] = {"", "x", "snow \xE2\x98\x83", "quote \" \\ \n",
                                      "a longer text"};
    if (field->type() != FieldDescriptor::TYPE_BYTES) return kTexts[random_.Below(5)];
    std::string bytes;
    for (uint64_t n = random_.Below(9); n > 0; --n) bytes += static_cast<char>(random_.Next());
    return bytes;
  }

  double Number(const FieldDescriptor* field) {
    constexpr double kNumbers[] = {0, 1, -1, 0.1, 1e10, 1.5e-7, 123456.75, -2.5e30};
    const double number = kNumbers[random_.Below(8)];
    if (field->containing_type()->full_name() == "google.protobuf.Value") return number;
    switch (random_.Below(12)) {
      case 0:
        return std::numeric_limits<double>::infinity();
      case 1:
        return -std::numeric_limits<double>::infinity();
      default:
        return number;
    }
  }

  template <typename T>
  T Integer() {
    constexpr T kEdges[] = {0, 1, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    const uint64_t pick = random_.Below(6);
    return pick < 4 ? kEdges[pick] : static_cast<T>(random_.Next());
  }

  void Set(Message* message, const FieldDescriptor* field, int depth);

  Random random_;
  int value_kind_ = 0;
};

void Filler::Set(Message* message, const FieldDescriptor* field, int depth) {
  const auto* reflection = message->GetReflection();
  const bool add = field->is_repeated();
  const auto store = [&](auto set, auto add_one, auto value) {
    if (add) {
      (reflection->*add_one)(message, field, value);
    } else {
      (reflection->*set)(message, field, value);
    }
  };
  using R = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return store(&R::SetInt32, &R::AddInt32, Integer<int32_t>());
    case FieldDescriptor::CPPTYPE_UINT32:
      return store(&R::SetUInt32, &R::AddUInt32, Integer<uint32_t>());
    case FieldDescriptor::CPPTYPE_INT64:
      return store(&R::SetInt64, &R::AddInt64, Integer<int64_t>());
    case FieldDescriptor::CPPTYPE_UINT64:
      return store(&R::SetUInt64, &R::AddUInt64, Integer<uint64_t>());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return store(&R::SetDouble, &R::AddDouble, Number(field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return store(&R::SetFloat, &R::AddFloat, static_cast<float>(Number(field)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return store(&R::SetBool, &R::AddBool, random_.Below(2) == 1);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* type = field->enum_type();
      const auto index =
          static_cast<int>(random_.Below(static_cast<uint64_t>(type->value_count())));
      return store(&R::SetEnumValue, &R::AddEnumValue, type->value(index)->number());
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return store(&R::SetString, &R::AddString, Text(field));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (depth >= 4 && !field->is_map() && !field->containing_type()->options().map_entry())
        return;
      // A Value has one kind: containers while there is room.
      value_kind_ = static_cast<int>(random_.Below(depth < 3 ? 6 : 4));
      Message* part =
          add ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field);
      return Fill(part, depth + 1);
    }
  }
}

// But for what this protobuf's printer does in its own way: a NullValue with its default is
// "NULL_VALUE", and what is in an Any has its defaults left out.
void ExpectSameMembers(const Json& ours, const Json& theirs, uint64_t seed) {
  ASSERT_EQ(ours.object().size(), theirs.object().size()) << "seed " << seed;
  for (const auto& [name, value] : ours.object()) {
    if (name == "null" || name == "any" || name == "anys") continue;
    ASSERT_NE(theirs.Find(name), nullptr) << name << " seed " << seed;
    EXPECT_EQ(value, *theirs.Find(name)) << name << " seed " << seed;
  }
}

TEST(MessageJsonTest, AgreesWithProtobufOnRandomMessages) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    EveryType message;
    Filler(seed).Fill(&message, 0);
    // protobuf leaves a Value without a kind out; for us it is null.
    EveryType canonical;
    ASSERT_EQ(Read(Write(message), &canonical), "") << seed;
    const Json theirs = WriteByProtobuf(canonical);
    ExpectSameMembers(Write(canonical), theirs, seed);
    EveryType back;
    ASSERT_EQ(Read(theirs, &back), "") << seed << " " << theirs.Dump();
    EXPECT_TRUE(MessageDifferencer::Equals(back, canonical)) << seed << " " << theirs.Dump();
  }
}

TEST(MessageJsonTest, WritesDefaultsOfFieldsWithoutPresence) {
  const Json json = Write(EveryType());
  ExpectSameMembers(json, WriteByProtobuf(EveryType()), 0);
  EXPECT_EQ(*json.Find("an_int32"), Json(0));
  EXPECT_EQ(*json.Find("an_int64"), Json("0"));
  EXPECT_EQ(*json.Find("a_string"), Json(""));
  EXPECT_EQ(*json.Find("a_color"), Json("COLOR_UNSPECIFIED"));
  EXPECT_EQ(*json.Find("strings"), Json(Json::Array{}));
  EXPECT_EQ(*json.Find("by_string"), Json(Json::Object()));
  EXPECT_EQ(json.Find("nested"), nullptr);
  EXPECT_EQ(json.Find("maybe_int64"), nullptr);
  EXPECT_EQ(json.Find("choice_int32"), nullptr);
}

TEST(MessageJsonTest, WritesNumbersAsShortAsTheyAre) {
  EveryType message;
  message.set_a_float(0.1f);
  message.set_a_double(5);
  message.add_doubles(std::nan(""));
  message.mutable_value()->set_number_value(1e300);
  const Json json = Write(message);
  EXPECT_EQ(json.Find("a_float")->Dump(), "0.1");
  EXPECT_EQ(json.Find("a_double")->Dump(), "5");
  EXPECT_EQ(json.Find("doubles")->Dump(), "[\"NaN\"]");
  EXPECT_EQ(json.Find("value")->Dump(), "1.0E300");
}

TEST(MessageJsonTest, AnyOfUnknownTypeKeepsItsBytes) {
  EveryType message;
  message.mutable_any()->set_type_url("type.googleapis.com/no.Such");
  message.mutable_any()->set_value("\x01\x02");
  EXPECT_EQ(Write(message).Find("any")->Dump(),
            R"({"@type":"type.googleapis.com/no.Such","value":"AQI="})");
}

TEST(MessageJsonTest, AnyHoldsMessagesAndWellKnownTypes) {
  EveryType message;
  ASSERT_EQ(Read(*Json::Parse(R"({"anys": [
      {"@type": "x/segue.test.EveryType.Nested", "someName": "n"},
      {"@type": "x/google.protobuf.Duration", "value": "1.5s"}]})"),
                 &message),
            "");
  ASSERT_EQ(message.anys_size(), 2);
  EveryType::Nested nested;
  ASSERT_TRUE(nested.ParseFromString(message.anys(0).value()));
  EXPECT_EQ(nested.some_name(), "n");
  EXPECT_EQ(Write(message).Find("anys")->array()[1].Dump(),
            R"({"@type":"x/google.protobuf.Duration","value":"1.500s"})");
}

TEST(MessageJsonTest, NoticesUnknownFields) {
  EveryType::Nested newer;
  newer.GetReflection()->MutableUnknownFields(&newer)->AddVarint(99, 1);
  EveryType message;
  *message.mutable_nested() = newer;
  const auto dynamic = NewDynamic();
  ASSERT_TRUE(dynamic->ParseFromString(message.SerializeAsString()));
  MessageAsJson result;
  ASSERT_EQ(MessageToJson(*dynamic, Shape(), Types().shapes(), &result), nullptr);
  EXPECT_TRUE(result.has_unknown_fields);
}

TEST(MessageJsonTest, TimesOutOfRangeAreFaults) {
  EveryType message;
  message.mutable_time()->set_seconds(std::numeric_limits<int64_t>::max());
  const auto dynamic = NewDynamic();
  ASSERT_TRUE(dynamic->ParseFromString(message.SerializeAsString()));
  MessageAsJson result;
  const JsonFaultPtr fault = MessageToJson(*dynamic, Shape(), Types().shapes(), &result);
  ASSERT_NE(fault, nullptr);
  EXPECT_EQ(fault->ToString(), "time: Timestamp out of range");
}

// Texts that both accept, to the same message.
TEST(MessageJsonTest, ReadsAsProtobufDoes) {
  constexpr const char* kTexts[] = {
      R"({})",
      R"({"an_int32": null, "nested": null, "strings": null, "by_string": null, "time": null})",
      R"({"anInt32": 7, "an_int64": "8", "aUint64": "18446744073709551615"})",
      R"({"an_int64": 9007199254740993, "a_uint32": 4294967295, "a_sfixed64": "-5"})",
      R"({"an_int32": 1e3, "int32s": [1.0, "2", 3]})",
      R"({"a_double": "NaN", "a_float": "Infinity", "doubles": ["-Infinity", "1.5", 2, 3e5]})",
      R"({"a_float": 3.4028234e38})",
      R"({"some_bytes": "AQID", "maybe_bytes": "-_8", "bytes_list": ["", "AQ=="]})",
      R"({"a_color": "COLOR_RED", "maybe_color": -7, "colors": [1, 77, "COLOR_NEGATIVE"]})",
      R"({"nested": {"someName": "a", "children": [{}, {"count": 2}]}})",
      R"({"by_int32": {"-1": "5", "2": 6}, "by_bool": {"true": {}}, "by_uint64": {"9": "COLOR_RED"}})",
      R"({"choice_int32": 0})",
      R"({"choice_null": null})",
      R"({"choice_nested": {}})",
      R"({"choice_string": "x", "choice_int32": null})",
      R"({"time": "2026-01-31T12:34:56.789Z", "times": ["0001-01-01T00:00:00Z", "2026-01-31T12:00:00+01:30"]})",
      R"({"duration": "-1.5s", "choice_duration": "0.000000001s"})",
      R"({"duration": "315576000000s"})",
      R"({"struct": {"a": [1, "x", null, true, {"b": {}}]}, "list": [[], {}]})",
      R"({"value": null, "values": [null, 1, {"a": null}]})",
      R"({"mask": "fooBar,baz.quxQuux"})",
      R"({"mask": ""})",
      R"({"empty": {}})",
      R"({"any": {"@type": "type.googleapis.com/segue.test.EveryType.Nested", "count": 3}})",
      R"({"any": {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": "2026-01-01T00:00:00Z"}})",
      R"({"any": {}})",
      R"({"doubleValue": 1.5, "int64_value": "9", "bool_value": false, "bytes_value": "AQ==", "string_value": ""})",
      R"({"values_by_string": {"a": null, "b": [1]}})",
      R"({"another-name": "x"})",
      R"({"renamed": "x"})",
  };
  for (const char* text : kTexts) {
    SCOPED_TRACE(text);
    EveryType theirs;
    const auto status = google::protobuf::util::JsonStringToMessage(text, &theirs);
    ASSERT_TRUE(status.ok()) << status.ToString();
    EveryType ours;
    EXPECT_EQ(Read(*Json::Parse(text), &ours), "");
    // Structs compare by content: wire order of maps is arbitrary.
    EXPECT_TRUE(MessageDifferencer::Equivalent(ours, theirs) ||
                ours.SerializeAsString() == theirs.SerializeAsString())
        << ours.DebugString() << "\n"
        << theirs.DebugString();
  }
}

struct FaultCase {
  const char* text;
  const char* fault;
};

TEST(MessageJsonTest, FaultsNameTheField) {
  constexpr FaultCase kCases[] = {
      {R"([])", "expected an object (segue.test.EveryType), got []"},
      {R"({"nope": 1})", "nope: segue.test.EveryType has no such field"},
      {R"({"nested": {"children": [{}, {"nope": 1}]}})",
       "nested.children[1].nope: segue.test.EveryType.Nested has no such field"},
      {R"({"an_int32": "x"})", "an_int32: expected a 32-bit integer, got \"x\""},
      {R"({"an_int32": 2147483648})", "an_int32: expected a 32-bit integer, got 2147483648"},
      {R"({"an_int32": 1.5})", "an_int32: expected a 32-bit integer, got 1.5"},
      {R"({"an_int32": ""})", "an_int32: expected a 32-bit integer"},
      {R"({"an_int32": " 1"})", "an_int32: expected a 32-bit integer"},
      {R"({"an_int32": true})", "an_int32: expected a 32-bit integer, got true"},
      {R"({"an_int64": "9223372036854775808"})", "an_int64: expected a 64-bit integer"},
      {R"({"a_uint32": -1})", "a_uint32: expected an unsigned 32-bit integer, got -1"},
      {R"({"a_uint64": 1e20})", "a_uint64: expected an unsigned 64-bit integer"},
      {R"({"a_double": "inf"})", "a_double: expected a number, got \"inf\""},
      {R"({"a_double": "0x10"})", "a_double: expected a number"},
      {R"({"a_float": 1e39})", "a_float: expected a number within the range of float"},
      {R"({"a_bool": "true"})", "a_bool: expected true or false, got \"true\""},
      {R"({"a_bool": 1})", "a_bool: expected true or false, got 1"},
      {R"({"a_string": 5})", "a_string: expected a string, got 5"},
      {R"({"some_bytes": "*"})", "some_bytes: expected bytes as base64"},
      {R"({"a_color": "BLUE"})", "a_color: segue.test.Color has no value \"BLUE\""},
      {R"({"a_color": 1.5})", "a_color: expected a value of segue.test.Color by name or number"},
      {R"({"strings": "x"})", "strings: expected an array, got \"x\""},
      {R"({"strings": ["a", null]})", "strings[1]: null cannot be an element"},
      {R"({"int32s": [1, "x"]})", "int32s[1]: expected a 32-bit integer"},
      {R"({"by_string": []})", "by_string: expected an object (a map), got []"},
      {R"({"by_string": {"a": null}})", "by_string[\"a\"]: null cannot be a value of a map"},
      {R"({"by_int32": {"x": 1}})", "by_int32[\"x\"]: the key is no int32"},
      {R"({"by_bool": {"yes": {}}})", "by_bool[\"yes\"]: the key must be true or false"},
      {R"({"an_int32": 1, "anInt32": 2})",
       "anInt32: set twice, by its original and its camelCase name"},
      {R"({"choice_int32": 1, "choice_string": "x"})",
       "choice_string: another field of the oneof \"choice\" is set, too"},
      {R"({"time": "2026-02-30T00:00:00Z"})", "time: expected a time like"},
      {R"({"time": "2026-01-01T00:00:00"})", "time: expected a time like"},
      {R"({"time": "0000-01-01T00:00:00Z"})", "time: expected a time like"},
      {R"({"time": 5})", "time: expected a time like"},
      {R"({"duration": "1.5"})", "duration: expected a duration like"},
      {R"({"duration": "315576000001s"})", "duration: expected a duration like"},
      {R"({"duration": "1.1234567890s"})", "duration: expected a duration like"},
      {R"({"mask": "foo_bar"})", "mask: expected field paths in camelCase"},
      {R"({"struct": 1})", "struct: expected an object, got 1"},
      {R"({"list": {}})", "list: expected an array, got {}"},
      {R"({"empty": {"a": 1}})", "empty.a: google.protobuf.Empty has no such field"},
      {R"({"any": {"a": 1}})", "any: \"@type\" is missing"},
      {R"({"any": {"@type": "x"}})", "any.@type: expected a URL"},
      {R"({"any": {"@type": "x/no.Such"}})", "any.@type: the message type x/no.Such is not known"},
      {R"({"any": {"@type": "x/google.protobuf.Duration", "value": "x"}})",
       "any.value: expected a duration"},
      {R"({"any": {"@type": "x/google.protobuf.Duration"}})", "any: \"value\" is missing"},
      {R"({"int64_value": "x"})", "int64_value: expected a 64-bit integer"},
  };
  for (const FaultCase& c : kCases) {
    SCOPED_TRACE(c.text);
    EveryType message;
    EXPECT_THAT(Read(*Json::Parse(c.text), &message), HasSubstr(c.fault));
  }
}

TEST(MessageJsonTest, DeepNestingIsRefused) {
  Json deep = Json(Json::Object());
  for (int i = 0; i < 120; ++i) deep = Json::Of({{"children", Json::List({deep})}});
  EveryType message;
  EXPECT_THAT(Read(Json::Of({{"nested", deep}}), &message), HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace segue::services
