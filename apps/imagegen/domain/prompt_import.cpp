#include "imagegen/domain/prompt_import.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/ascii.h"
#include "core/json_out.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

std::unexpected<Error> refuse(std::size_t line, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "line " + std::to_string(line) + ": " + what);
}

std::string_view trim_characters(std::string_view text) {
  while (!text.empty()) {
    const Character first = first_character(text);
    if (first.size == 0 || !is_blank(first.code)) break;
    text.remove_prefix(first.size);
  }
  while (!text.empty()) {
    // The last character begins at most four bytes before the end.
    std::size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0U) == 0x80U) --begin;
    const Character last = first_character(text.substr(begin));
    if (last.size == 0 || !is_blank(last.code)) break;
    text.remove_suffix(last.size);
  }
  return text;
}

/// A record of a CSV file.
struct Record {
  std::size_t line = 1;  ///< Where it begins.
  std::vector<std::string> fields;
  bool is_empty() const { return fields.size() == 1 && fields.front().empty(); }
};

/// Cuts a CSV text into records.
class CsvReader {
 public:
  CsvReader(std::string_view text, char separator) : rest_(text), separator_(separator) {}

  /// The next record; nullopt: the text has ended.
  Result<std::optional<Record>> next() {
    if (rest_.empty()) return std::optional<Record>();
    Record record;
    record.line = line_;
    while (true) {
      Result<std::string> field = next_field();
      if (!field) return std::unexpected(field.error());
      record.fields.push_back(std::move(*field));
      if (record.fields.size() > fields_max) {
        return refuse(record.line, "it has more than " + std::to_string(fields_max) +
                                       " fields: is it another kind of file?");
      }
      if (!take(separator_)) break;
    }
    // next_field() stops at a separator, at the end of the line or at the end of the text.
    take('\r');
    take('\n');
    ++line_;
    return record;
  }

 private:
  static constexpr std::size_t fields_max = 1'000;

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Whether the field ends here.
  bool at_end() const {
    return rest_.empty() || rest_.front() == separator_ || rest_.front() == '\n' ||
           rest_.front() == '\r';
  }

  Result<std::string> next_field() {
    if (take('"')) return quoted_field();
    std::string field;
    while (!at_end()) {
      if (rest_.front() == '"') {
        return refuse(line_,
                      "a quote stands inside a field: put the whole field in quotes and write the "
                      "quote twice");
      }
      field.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return field;
  }

  Result<std::string> quoted_field() {
    const std::size_t begun = line_;
    std::string field;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        if (take('"')) {
          field.push_back('"');
          continue;
        }
        if (at_end()) return field;
        return refuse(line_,
                      "text stands behind a closing quote: a quote inside of a field is written "
                      "twice");
      }
      if (c == '\n' || (c == '\r' && !rest_.starts_with('\n'))) ++line_;
      field.push_back(c);
    }
    return refuse(begun, "a quoted field begins here and never ends: close it with a quote");
  }

  std::string_view rest_;
  char separator_;
  std::size_t line_ = 1;
};

/// What separates the fields: of the candidates, the one that the header has most of.
char separator_of(std::string_view text) {
  const std::string_view header = text.substr(0, text.find_first_of("\r\n"));
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const std::ptrdiff_t count = std::count(header.begin(), header.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

Result<void> check_row(std::size_t line, const PromptRow& row) {
  if (row.name.empty()) return refuse(line, "the name is empty: give the prompt one");
  if (row.content.empty()) return refuse(line, "the prompt is empty: write one or drop the line");
  if (count_characters(row.name) > prompt_name_length_max) {
    return refuse(line, "the name is longer than " + std::to_string(prompt_name_length_max) +
                            " characters: shorten it");
  }
  if (count_characters(row.content) > prompt_content_length_max) {
    return refuse(line, "the prompt is longer than " + std::to_string(prompt_content_length_max) +
                            " characters: shorten it");
  }
  return {};
}

std::unexpected<Error> refuse_too_many(std::size_t line) {
  return refuse(
      line, "more than " + std::to_string(import_rows_max) + " prompts: import the file in parts");
}

std::optional<std::size_t> column_named(const Record& header, std::string_view name) {
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    if (folded(trim_characters(header.fields[i])) == name) return i;
  }
  return std::nullopt;
}

Result<std::vector<PromptRow>> import_csv(std::string_view text) {
  CsvReader reader(text, separator_of(text));
  Result<std::optional<Record>> header = reader.next();
  if (!header) return std::unexpected(header.error());
  if (!*header) return std::vector<PromptRow>();
  const std::optional<std::size_t> name_column = column_named(**header, "name");
  const std::optional<std::size_t> prompt_column = column_named(**header, "prompt");
  if (!name_column || !prompt_column) {
    return refuse((*header)->line, "the header has no column `" +
                                       std::string(name_column ? "prompt" : "name") +
                                       "`: begin the file with a line `name,prompt`");
  }
  const std::size_t width = (*header)->fields.size();

  std::vector<PromptRow> rows;
  std::map<std::string, std::size_t, std::less<>> lines;  // By name.
  while (true) {
    Result<std::optional<Record>> record = reader.next();
    if (!record) return std::unexpected(record.error());
    if (!*record) return rows;
    if ((*record)->is_empty()) continue;
    const std::size_t line = (*record)->line;
    std::vector<std::string>& fields = (*record)->fields;
    if (fields.size() != width) {
      return refuse(line, "it has " + std::to_string(fields.size()) +
                              " fields where the header has " + std::to_string(width) +
                              ": put fields with separators in quotes");
    }
    PromptRow row{std::string(trim_characters(fields[*name_column])),
                  std::string(trim_characters(fields[*prompt_column]))};
    if (Result<void> checked = check_row(line, row); !checked) {
      return std::unexpected(checked.error());
    }
    const auto [earlier, is_new] = lines.try_emplace(row.name, line);
    if (!is_new) {
      return refuse(line, "the name stands in line " + std::to_string(earlier->second) +
                              " already: give each prompt a name of its own");
    }
    if (rows.size() == import_rows_max) return refuse_too_many(line);
    rows.push_back(std::move(row));
  }
}

/// The first words of a prompt, on one line.
std::string name_from(std::string_view content) {
  constexpr std::size_t length = 60;
  const std::string_view head = first_characters(content, length);
  if (head.size() == content.size()) return std::string(head);
  // At the last blank that leaves something, not within a word.
  const std::size_t blank = head.find_last_of(' ');
  const bool cut_between = content[head.size()] == ' ' || blank == std::string_view::npos;
  return std::string(trim_characters(cut_between ? head : head.substr(0, blank))) + "\u2026";
}

Result<std::vector<PromptRow>> import_lines(std::string_view text) {
  std::vector<PromptRow> rows;
  std::unordered_set<std::string> taken;
  std::map<std::string, int, std::less<>> repeats;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view content = trim_characters(text.substr(0, end));
    text.remove_prefix(end);
    if (text.starts_with("\r\n")) text.remove_prefix(1);
    if (!text.empty()) text.remove_prefix(1);
    if (content.empty()) continue;

    const std::string name = name_from(content);
    PromptRow row{name, std::string(content)};
    while (!taken.insert(row.name).second) {
      row.name = name + " (" + std::to_string(++repeats.try_emplace(name, 1).first->second) + ")";
    }
    if (Result<void> checked = check_row(line, row); !checked) {
      return std::unexpected(checked.error());
    }
    if (rows.size() == import_rows_max) return refuse_too_many(line);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::size_t line_of_first_fault(std::string_view text) {
  std::size_t line = 1;
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.size == 0) break;
    if (next.code == '\n') ++line;
    text.remove_prefix(next.size);
  }
  return line;
}

}  // namespace

Result<std::vector<PromptRow>> import_prompts(PromptFormat format, std::string_view text) {
  if (text.size() > import_size_max) {
    return fail(ErrorCode::invalid_argument, "the file is larger than " +
                                                 std::to_string(import_size_max >> 20U) +
                                                 " MiB: import it in parts");
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!is_utf8(text)) {
    return refuse(line_of_first_fault(text), "the text is not UTF-8: save the file as UTF-8");
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const auto line = static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n'));
    return refuse(line + 1, "a zero byte stands there: save the file as UTF-8 text");
  }
  Result<std::vector<PromptRow>> rows =
      format == PromptFormat::csv ? import_csv(text) : import_lines(text);
  if (rows && rows->empty()) {
    return fail(ErrorCode::invalid_argument,
                format == PromptFormat::csv
                    ? "there is no prompt in the file: below the line `name,prompt` write one a "
                      "line"
                    : "there is no prompt in the file: write one a line");
  }
  return rows;
}

}  // namespace godwit::imagegen
