#include "server/api/states/test_state/shape_check.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "server/api/states/test_state/shapes/shapes.h"

namespace segue::api::states {
namespace {

constexpr std::string_view kShapes = R"(# A comment.
operation Get GetOutput
operation Nothing Empty
enum Color RED|DARK GREEN
float Ratio - 1.5
integer Size 128 10240
list Names string
map Sizes Size
structure Empty
structure GetOutput *Name:string Size:Size Color:Color Ratio:Ratio Names:Names Sizes:Sizes Inner:Inner Flag:boolean Any:any
structure Inner *Id:string More:Inner
)";

struct Case {
  const char* result;
  const char* strict;   // what is wrong; "": nothing
  const char* present;  // the same, where what is missing does not count
};

TEST(ShapeFault, SaysWhatDoesNotFit) {
  const Case cases[] = {
      {R"({"Name": "a"})", "", ""},
      {R"({})", "Required field 'Name' is missing", ""},
      {R"({"Size": 128})", "Required field 'Name' is missing", ""},
      {R"({"Name": 1})", "Field 'Name' must be a string", "Field 'Name' must be a string"},
      {R"({"Name": "a", "Unknown": 1})", "", ""},
      {R"({"Name": "a", "Size": 127})", "Field 'Size' is less than the minimum value",
       "Field 'Size' is less than the minimum value"},
      {R"({"Name": "a", "Size": 10241})", "Field 'Size' exceeds the maximum value",
       "Field 'Size' exceeds the maximum value"},
      {R"({"Name": "a", "Size": "128"})", "Field 'Size' must be a number",
       "Field 'Size' must be a number"},
      {R"({"Name": "a", "Size": 128.5})", "Field 'Size' must be a number",
       "Field 'Size' must be a number"},
      {R"({"Name": "a", "Ratio": -3})", "", ""},
      {R"({"Name": "a", "Ratio": 1.75})", "Field 'Ratio' exceeds the maximum value",
       "Field 'Ratio' exceeds the maximum value"},
      {R"({"Name": "a", "Color": "DARK GREEN"})", "", ""},
      {R"({"Name": "a", "Color": "BLUE"})", "Field 'Color' is not an expected value",
       "Field 'Color' is not an expected value"},
      {R"({"Name": "a", "Names": "b"})", "Field 'Names' must be an array",
       "Field 'Names' must be an array"},
      {R"({"Name": "a", "Names": ["b", 1]})", "Field 'Names' must be a string",
       "Field 'Names' must be a string"},
      {R"({"Name": "a", "Sizes": {"x": 1}})", "Field 'Sizes' is less than the minimum value",
       "Field 'Sizes' is less than the minimum value"},
      {R"({"Name": "a", "Sizes": []})", "Field 'Sizes' must be an object",
       "Field 'Sizes' must be an object"},
      {R"({"Name": "a", "Inner": {"More": {"Id": "b"}}})", "Required field 'Id' is missing", ""},
      {R"({"Name": "a", "Flag": 0})", "Field 'Flag' must be a boolean",
       "Field 'Flag' must be a boolean"},
      {R"({"Name": "a", "Any": [1, {}]})", "", ""},
      {R"([])", "The result must be an object", "The result must be an object"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.result);
    const Json result = Json::Parse(one.result).value();
    EXPECT_EQ(ShapeFault(kShapes, "Get", result, FieldValidation::kStrict).value_or(""),
              one.strict);
    EXPECT_EQ(ShapeFault(kShapes, "Get", result, FieldValidation::kPresent).value_or(""),
              one.present);
    EXPECT_EQ(ShapeFault(kShapes, "Get", result, FieldValidation::kNone), std::nullopt);
  }
}

TEST(ShapeFault, LetsThroughWhatItDoesNotKnow) {
  const Json result = Json::Of({{"A", 1}});
  EXPECT_EQ(ShapeFault(kShapes, "Put", result, FieldValidation::kStrict), std::nullopt);
  EXPECT_EQ(ShapeFault(kShapes, "Nothing", result, FieldValidation::kStrict), std::nullopt);
  EXPECT_EQ(ShapeFault("", "Get", result, FieldValidation::kStrict), std::nullopt);
}

TEST(Shapes, AreThereByTheNameOfTheService) {
  EXPECT_NE(ShapesOf("dynamodb").find("operation PutItem PutItemOutput\n"), std::string_view::npos);
  EXPECT_NE(ShapesOf("states").find("*ExecutionArn:string"), std::string_view::npos);
  EXPECT_TRUE(ShapesOf("nobody").empty());
}

}  // namespace
}  // namespace segue::api::states
