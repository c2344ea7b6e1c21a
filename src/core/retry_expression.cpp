#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/retry.h"

namespace godwit {

/// Recursive descent, and the order in which rules finish is the postfix program:
///
///     sum     = product *( ("+" / "-") product )
///     product = signed *( ("*" / "/" / "%") signed )
///     signed  = ("-" / "+") signed / primary
///     primary = number / "retried" / "(" sum ")" / function "(" sum *( "," sum ) ")"
///     number  = 1*DIGIT [ "." *DIGIT ] [ ("e" / "E") [ "+" / "-" ] 1*DIGIT ]
///
/// A rule that fails has set error_ and returns false; all rules then return.
class RetryExpressionParser {
 public:
  using Step = RetryExpression::Step;
  using Kind = Step::Kind;

  explicit RetryExpressionParser(std::string_view text) : text_(text) {}

  Result<std::vector<Step>> parse() {
    if (text_.size() > RetryExpression::length_max) {
      return fail(ErrorCode::invalid_argument, "expression is longer than " +
                                                   std::to_string(RetryExpression::length_max) +
                                                   " characters");
    }
    const bool parsed = sum() && (at_end() || expected("an operator or the end"));
    if (!parsed) return fail(ErrorCode::invalid_argument, std::move(error_));
    return std::move(steps_);
  }

 private:
  struct Function {
    std::string_view name;
    Kind kind;
    int operands_min;
    int operands_max;
  };
  static constexpr int any_number = std::numeric_limits<int>::max();
  static constexpr std::array<Function, 9> functions{{{"pow", Kind::pow, 2, 2},
                                                      {"sqrt", Kind::sqrt, 1, 1},
                                                      {"abs", Kind::abs, 1, 1},
                                                      {"exp", Kind::exp, 1, 1},
                                                      {"floor", Kind::floor, 1, 1},
                                                      {"ceil", Kind::ceil, 1, 1},
                                                      {"round", Kind::round, 1, 1},
                                                      {"min", Kind::min, 1, any_number},
                                                      {"max", Kind::max, 1, any_number}}};

  bool sum() {
    if (!product()) return false;
    while (true) {
      if (take('+')) {
        if (!product()) return false;
        operation(Kind::add, 2);
      } else if (take('-')) {
        if (!product()) return false;
        operation(Kind::subtract, 2);
      } else {
        return true;
      }
    }
  }

  bool product() {
    if (!signed_primary()) return false;
    while (true) {
      Kind kind = Kind::multiply;
      if (take('/')) {
        kind = Kind::divide;
      } else if (take('%')) {
        kind = Kind::modulo;
      } else if (!take('*')) {
        return true;
      }
      if (!signed_primary()) return false;
      operation(kind, 2);
    }
  }

  bool signed_primary() {
    if (take('-')) {
      if (!nested([this] { return signed_primary(); })) return false;
      operation(Kind::negate, 1);
      return true;
    }
    if (take('+')) return nested([this] { return signed_primary(); });
    return primary();
  }

  bool primary() {
    if (take('(')) return nested([this] { return sum(); }) && close();
    if (at_end()) return expected("a number, retried, a function or '('");
    if (ascii::is_digit(text_[position_])) return number();
    if (ascii::is_letter(text_[position_])) return name();
    return expected("a number, retried, a function or '('");
  }

  bool number() {
    const std::size_t begin = position_;
    skip_digits();
    if (position_ < text_.size() && text_[position_] == '.') {
      ++position_;
      skip_digits();
    }
    if (position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
      ++position_;
      if (position_ < text_.size() && (text_[position_] == '+' || text_[position_] == '-')) {
        ++position_;
      }
      if (position_ == text_.size() || !ascii::is_digit(text_[position_])) {
        return expected("a digit of the exponent");
      }
      skip_digits();
    }
    double value = 0;
    const char* const end = text_.data() + position_;
    const auto [stop, problem] = std::from_chars(text_.data() + begin, end, value);
    if (problem != std::errc() || stop != end) {
      position_ = begin;
      return expected("a number that a double can hold");
    }
    steps_.push_back({.kind = Kind::number, .number = value});
    return true;
  }

  bool name() {
    const std::size_t begin = position_;
    while (position_ < text_.size() &&
           (ascii::is_letter(text_[position_]) || ascii::is_digit(text_[position_]) ||
            text_[position_] == '_')) {
      ++position_;
    }
    const std::string_view found = text_.substr(begin, position_ - begin);
    if (found == "retried") {
      steps_.push_back({.kind = Kind::retried});
      return true;
    }
    const auto function =
        std::find_if(functions.begin(), functions.end(),
                     [found](const Function& candidate) { return candidate.name == found; });
    if (function == functions.end()) {
      position_ = begin;
      return expected("retried or one of pow sqrt abs exp floor ceil round min max");
    }
    return call(*function);
  }

  bool call(const Function& function) {
    if (!take('(')) return expected("'('");
    int operands = 0;
    do {
      if (operands == function.operands_max) {
        --position_;  // Of the comma, which is the place where the call should have ended.
        return expected("')'");
      }
      if (!nested([this] { return sum(); })) return false;
      ++operands;
    } while (take(','));
    if (operands < function.operands_min) return expected("','");
    if (!close()) return false;
    operation(function.kind, operands);
    return true;
  }

  /// Runs a rule one level deeper; the limit keeps a hostile text from exhausting the stack.
  template <typename Rule>
  bool nested(Rule rule) {
    if (depth_ == RetryExpression::depth_max) {
      error_ = "expression is nested deeper than " + std::to_string(RetryExpression::depth_max) +
               " levels at column " + std::to_string(position_ + 1);
      return false;
    }
    ++depth_;
    const bool parsed = rule();
    --depth_;
    return parsed;
  }

  bool close() { return take(')') || expected("an operator or ')'"); }

  void operation(Kind kind, int operands) {
    steps_.push_back({.kind = kind, .operands = operands});
  }

  void skip_blanks() {
    while (position_ < text_.size() && ascii::is_blank(text_[position_])) ++position_;
  }

  void skip_digits() {
    while (position_ < text_.size() && ascii::is_digit(text_[position_])) ++position_;
  }

  bool at_end() {
    skip_blanks();
    return position_ == text_.size();
  }

  bool take(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  bool expected(std::string_view what) {
    error_ = "expected " + std::string(what) + " at column " + std::to_string(position_ + 1);
    return false;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int depth_ = 0;
  std::string error_;
  std::vector<Step> steps_;
};

namespace {

/// Two operands in a row are at least one character apart, so no more can wait for an operator.
constexpr std::size_t stack_size = RetryExpression::length_max / 2 + 1;

}  // namespace

Result<RetryExpression> RetryExpression::compile(std::string_view text) {
  Result<std::vector<Step>> steps = RetryExpressionParser(text).parse();
  if (!steps) return std::unexpected(std::move(steps.error()));
  RetryExpression expression;
  expression.steps_ = std::move(*steps);
  return expression;
}

std::optional<Milliseconds> RetryExpression::evaluate(int retried) const {
  if (steps_.empty()) return std::nullopt;
  std::array<double, stack_size> stack;
  std::size_t size = 0;
  for (const Step& step : steps_) {
    if (step.operands == 0) {
      GODWIT_ASSERT(size < stack.size());
      stack[size++] = step.kind == Step::Kind::retried ? retried : step.number;
      continue;
    }
    const auto operands = static_cast<std::size_t>(step.operands);
    GODWIT_ASSERT(size >= operands);
    size -= operands;
    const double first = stack[size];
    const double second = operands > 1 ? stack[size + 1] : 0;
    double value = first;
    switch (step.kind) {
      case Step::Kind::number:
      case Step::Kind::retried:
        GODWIT_ASSERT(false);
        break;
      case Step::Kind::add:
        value = first + second;
        break;
      case Step::Kind::subtract:
        value = first - second;
        break;
      case Step::Kind::multiply:
        value = first * second;
        break;
      case Step::Kind::divide:
        value = first / second;
        break;
      case Step::Kind::modulo:
        value = std::fmod(first, second);
        break;
      case Step::Kind::negate:
        value = -first;
        break;
      case Step::Kind::pow:
        value = std::pow(first, second);
        break;
      case Step::Kind::sqrt:
        value = std::sqrt(first);
        break;
      case Step::Kind::abs:
        value = std::fabs(first);
        break;
      case Step::Kind::exp:
        value = std::exp(first);
        break;
      case Step::Kind::floor:
        value = std::floor(first);
        break;
      case Step::Kind::ceil:
        value = std::ceil(first);
        break;
      case Step::Kind::round:
        value = std::round(first);
        break;
      case Step::Kind::min:
      case Step::Kind::max:
        // Not std::fmin: an operand that is no number makes the whole value none.
        for (std::size_t i = 1; i < operands; ++i) {
          const double other = stack[size + i];
          const bool better = step.kind == Step::Kind::min ? other < value : other > value;
          if (better || std::isnan(other)) value = other;
          if (std::isnan(value)) break;
        }
        break;
    }
    stack[size++] = value;
  }
  GODWIT_ASSERT(size == 1);
  const double value = stack[0];
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  if (value >= static_cast<double>(retry_delay_max.count())) return retry_delay_max;
  return Milliseconds(std::llround(value));
}

}  // namespace godwit
