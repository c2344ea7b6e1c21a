#include <doctest/doctest.h>

#include <string>

#include "core/retry.h"

namespace godwit {
namespace {

TEST_CASE("expressions have the value that arithmetic gives them") {
  struct Row {
    std::string text;
    int retried;
    std::int64_t ms;
  };
  const Row table[] = {
      {"1000", 0, 1000},
      {"1000 * retried", 0, 0},
      {"2000 * retried", 3, 6000},
      {"pow(retried, 2) * 1000", 3, 9000},
      {"pow(2, retried) * 1000", 4, 16'000},
      {"1000 * (1 + retried)", 4, 5000},
      {"max(1000, pow(2, retried) * 100)", 1, 1000},
      {"max(1000, pow(2, retried) * 100)", 5, 3200},
      {"min(86400 * 1000, exp(2.5 * retried) * 1000)", 1, 12'182},
      {"min(3,1,2)", 0, 1},
      {"max(3,7,2,7)", 0, 7},
      {"max(5)", 0, 5},
      {"2+3*4", 0, 14},
      {"(2+3)*4", 0, 20},
      {"20-5-3", 0, 12},
      {"100/5/2", 0, 10},
      {"100/(5/2)", 0, 40},
      {"17%5", 0, 2},
      {"7*17%5", 0, 4},
      {"5.5%2*10", 0, 15},
      {"--3", 0, 3},
      {"-(-3)", 0, 3},
      {"+3", 0, 3},
      {"5--3", 0, 8},
      {"5-+3", 0, 2},
      {"-2*-3", 0, 6},
      {"-pow(2,2)+5", 0, 1},
      {"sqrt(16)", 0, 4},
      {"abs(-4)", 0, 4},
      {"floor(4.9)", 0, 4},
      {"ceil(4.1)", 0, 5},
      {"round(4.5)", 0, 5},
      {"round(4.4)", 0, 4},
      {"exp(0)", 0, 1},
      {"1.5e3", 0, 1500},
      {"15E+2", 0, 1500},
      {"15000e-1", 0, 1500},
      {"7.", 0, 7},
      {"0.4", 0, 0},
      {"0.5", 0, 1},
      {"  1000\t*  2 ", 0, 2000},
      {"pow ( 2 , 3 )", 0, 8},
      {"86400000", 0, 86'400'000},
      {"86400001", 0, 86'400'000},
      {"1e300", 0, 86'400'000},
      {"-0", 0, 0},
      {"0*-1", 0, 0},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const Result<RetryExpression> expression = RetryExpression::compile(row.text);
    REQUIRE(expression);
    const std::optional<Milliseconds> delay = expression->evaluate(row.retried);
    REQUIRE(delay);
    CHECK(delay->count() == row.ms);
  }
}

TEST_CASE("a value that is no delay leaves it to the default backoff") {
  for (const std::string text : {"1/0", "-1/0", "0/0", "-1", "-0.001", "sqrt(-1)", "1%0",
                                 "exp(1000)", "min(1, 0/0)", "min(0/0, 1)", "max(0/0, 1)",
                                 "max(1, 0/0, 2)", "pow(-8, 0.5)", "1e308 * 10", "retried - 1"}) {
    CAPTURE(text);
    const Result<RetryExpression> expression = RetryExpression::compile(text);
    REQUIRE(expression);
    CHECK_FALSE(expression->evaluate(0));
  }
  CHECK_FALSE(RetryExpression().evaluate(0));
}

TEST_CASE("what is no expression is refused, and the error names the place") {
  const std::string operand = "expected a number, retried, a function or '(' at column ";
  const std::string rest = "expected an operator or the end at column ";
  const std::string close = "expected an operator or ')' at column ";
  const std::string name =
      "expected retried or one of pow sqrt abs exp floor ceil round min max at column ";
  const std::pair<std::string, std::string> table[] = {
      {"", operand + "1"},
      {"   ", operand + "4"},
      {"1 +", operand + "4"},
      {"1 2", rest + "3"},
      {"1)", rest + "2"},
      {"(1", close + "3"},
      {"()", operand + "2"},
      {"*1", operand + "1"},
      {"1 // 2", operand + "4"},
      {"2^3", rest + "2"},
      {"1,2", rest + "2"},
      {".5", operand + "1"},
      {"1e", "expected a digit of the exponent at column 3"},
      {"1e+", "expected a digit of the exponent at column 4"},
      {"1e999", "expected a number that a double can hold at column 1"},
      {"0x10", rest + "2"},
      {"1 + tries", name + "5"},
      {"Retried", name + "1"},
      {"retried2", name + "1"},
      {"log(2)", name + "1"},
      {"pow", "expected '(' at column 4"},
      {"pow 2", "expected '(' at column 5"},
      {"pow(2)", "expected ',' at column 6"},
      {"pow(2, 3, 4)", "expected ')' at column 9"},
      {"sqrt()", operand + "6"},
      {"sqrt(1,2)", "expected ')' at column 7"},
      {"max()", operand + "5"},
      {"max(1,)", operand + "7"},
      {"max(1", close + "6"},
      {"retried(1)", rest + "8"},
      {"1\n", rest + "2"},
      {"1;", rest + "2"},
      {std::string("1\0", 2), rest + "2"},
      {"\xc3\x97", operand + "1"},
  };
  for (const auto& [text, error] : table) {
    CAPTURE(text);
    const Result<RetryExpression> expression = RetryExpression::compile(text);
    REQUIRE_FALSE(expression);
    CHECK(expression.error().code == ErrorCode::invalid_argument);
    CHECK(expression.error().message == error);
  }
}

std::string nested(const std::string& open, int depth, const std::string& close) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  text += "1";
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

TEST_CASE("length and depth have limits, and reach them") {
  constexpr int depth = RetryExpression::depth_max;
  for (const auto& [open, close] :
       {std::pair("(", ")"), std::pair("abs(", ")"), std::pair("-", ""), std::pair("+", "")}) {
    CAPTURE(std::string(open));
    CHECK(RetryExpression::compile(nested(open, depth, close)));
    const Result<RetryExpression> deeper = RetryExpression::compile(nested(open, depth + 1, close));
    REQUIRE_FALSE(deeper);
    CHECK(deeper.error().message.starts_with("expression is nested deeper than 64 levels"));
  }
  std::string widest = "max(1";
  while (widest.size() + 3 <= RetryExpression::length_max) widest += ",1";
  widest += ')';
  REQUIRE(widest.size() <= RetryExpression::length_max);
  const Result<RetryExpression> wide = RetryExpression::compile(widest);
  REQUIRE(wide);
  CHECK(wide->evaluate(0) == Milliseconds(1));

  const std::string longest = std::string(RetryExpression::length_max - 1, ' ') + "1";
  CHECK(RetryExpression::compile(longest));
  CHECK_FALSE(RetryExpression::compile(longest + " "));
}

}  // namespace
}  // namespace godwit
