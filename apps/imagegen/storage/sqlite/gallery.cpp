// The gallery: pages of images by many filters, and what the filters can offer.
#include "imagegen/domain/unicode.h"
#include "imagegen/storage/sqlite/storage_impl.h"

namespace godwit::imagegen {
namespace {

constexpr std::size_t words_max = 8;
constexpr std::string_view blanks = " \t\r\n";

/// The words of a search, folded. What follows the seventh is one word.
std::vector<std::string> words_of(std::string_view search) {
  const std::string text = folded(search);
  std::vector<std::string> words;
  std::size_t at = text.find_first_not_of(blanks);
  while (at != std::string::npos) {
    const std::size_t end =
        words.size() + 1 < words_max ? text.find_first_of(blanks, at) : std::string::npos;
    words.push_back(text.substr(at, end == std::string::npos ? end : end - at));
    at = end == std::string::npos ? end : text.find_first_not_of(blanks, end);
  }
  return words;
}

/// The conditions of a filter on `images`, and their values.
class Conditions {
 public:
  explicit Conditions(const GalleryFilter& filter) : filter_(filter) {
    if (!filter.generation_id.empty()) add("generation_id = ?");
    if (!filter.prompt_id.empty()) add("prompt_id = ?");
    if (!filter.model.empty()) add("model = ?");
    if (filter.starred) add("starred = 1");
    if (!filter.parameter.empty()) {
      add("id IN (SELECT image_id FROM image_variants WHERE parameter = ? AND value = ?)");
    }
    if (filter.from) add("created_ms >= ?");
    if (filter.to) add("created_ms < ?");
    words_ = words_of(filter.search);
    for (std::size_t i = 0; i < words_.size(); ++i) add("instr(prompt_folded, ?) > 0");
  }

  const std::string& sql() const { return sql_; }

  void bind(Query& query) const {
    if (!filter_.generation_id.empty()) query.bind(filter_.generation_id);
    if (!filter_.prompt_id.empty()) query.bind(filter_.prompt_id);
    if (!filter_.model.empty()) query.bind(filter_.model);
    if (!filter_.parameter.empty()) query.bind(filter_.parameter, filter_.value);
    if (filter_.from) query.bind(*filter_.from);
    if (filter_.to) query.bind(*filter_.to);
    for (const std::string& word : words_) query.bind(word);
  }

 private:
  void add(std::string_view condition) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += condition;
  }

  const GalleryFilter& filter_;
  std::vector<std::string> words_;
  std::string sql_;
};

GalleryItem read_item(Query& query) {
  GalleryItem item;
  item.task = read_task(query);
  item.generation_name = query.text(task_columns_count);
  item.prompt_id = query.text(task_columns_count + 1);
  item.model = query.text(task_columns_count + 2);
  item.created = query.time(task_columns_count + 3);
  return item;
}

/// The page's numbers are found first, in an index, and only its rows are read whole.
std::string page_sql(const Conditions& conditions, bool oldest_first) {
  const std::string direction = oldest_first ? "ASC" : "DESC";
  std::string sql = "SELECT ";
  sql += task_columns;
  sql += ", g.name, i.prompt_id, i.model, i.created_ms FROM (SELECT number FROM images";
  sql += conditions.sql();
  sql += " ORDER BY created_ms " + direction + ", number " + direction + " LIMIT ? OFFSET ?) page";
  sql +=
      " CROSS JOIN images i ON i.number = page.number CROSS JOIN tasks t ON t.id = i.task_id"
      " CROSS JOIN generations g ON g.id = i.generation_id";
  sql += " ORDER BY i.created_ms " + direction + ", i.number " + direction;
  return sql;
}

std::string read_text(const Query& query) { return std::string(query.text(0)); }

}  // namespace

Result<GalleryPage> Storage::gallery(const GalleryFilter& filter) {
  Database& database = impl_->database();
  const Conditions conditions(filter);
  Query counting = database.query("SELECT count(*) FROM images" + conditions.sql());
  conditions.bind(counting);
  const Result<std::int64_t> total = number(std::move(counting));
  if (!total) return std::unexpected(total.error());

  Query query = database.query(page_sql(conditions, filter.oldest_first));
  conditions.bind(query);
  query.bind(filter.limit, filter.offset);
  Result<std::vector<GalleryItem>> items = all_rows(std::move(query), read_item);
  if (!items) return std::unexpected(items.error());
  return GalleryPage{.items = std::move(*items), .total = static_cast<std::size_t>(*total)};
}

Result<GalleryFacets> Storage::gallery_facets(std::string_view generation_id) {
  Database& database = impl_->database();
  const bool of_all = generation_id.empty();
  const std::string of_one = of_all ? "" : " WHERE generation_id = ?";
  const auto ask = [&](const std::string& sql) {
    Query query = database.query(sql);
    if (!of_all) query.bind(generation_id);
    return query;
  };

  GalleryFacets facets;
  auto generations = all_rows(
      ask("SELECT g.id, g.name, n.count FROM (SELECT generation_id, count(*) AS count FROM images" +
          of_one +
          " GROUP BY generation_id) n CROSS JOIN generations g ON g.id = n.generation_id "
          "ORDER BY g.created_ms DESC, g.number DESC"),
      [](const Query& row) {
        return GalleryFacets::OfGeneration{.id = std::string(row.text(0)),
                                           .name = std::string(row.text(1)),
                                           .images = static_cast<std::size_t>(row.integer(2))};
      });
  if (!generations) return std::unexpected(generations.error());
  facets.generations = std::move(*generations);

  auto prompts =
      all_rows(ask("SELECT p.id, p.name FROM (SELECT DISTINCT prompt_id FROM images" + of_one +
                   ") n CROSS JOIN prompts p ON p.id = n.prompt_id ORDER BY p.name"),
               [](const Query& row) {
                 return std::pair(std::string(row.text(0)), std::string(row.text(1)));
               });
  if (!prompts) return std::unexpected(prompts.error());
  facets.prompts = std::move(*prompts);

  auto models =
      all_rows(ask("SELECT DISTINCT model FROM images" + of_one + " ORDER BY model"), read_text);
  if (!models) return std::unexpected(models.error());
  facets.models = std::move(*models);

  Query values =
      ask("SELECT DISTINCT parameter, value FROM image_variants" +
          std::string(of_all ? ""
                             : " WHERE image_id IN (SELECT id FROM images WHERE generation_id = "
                               "?)") +
          " ORDER BY parameter, value LIMIT " + std::to_string(GalleryFacets::values_max));
  while (values.next()) {
    const std::string_view name = values.text(0);
    if (facets.parameters.empty() || facets.parameters.back().first != name) {
      facets.parameters.emplace_back(name, std::vector<std::string>());
    }
    facets.parameters.back().second.emplace_back(values.text(1));
  }
  if (Result<void> done = values.result(); !done) return std::unexpected(done.error());
  return facets;
}

Result<std::vector<std::string>> Storage::images_before(Timestamp before, std::size_t limit) {
  return all_rows(impl_->database().query("SELECT id FROM images WHERE created_ms < ? "
                                          "ORDER BY created_ms, number LIMIT ?",
                                          before, limit),
                  read_text);
}

Result<StorageUse> Storage::use() {
  const Result<std::optional<StorageUse>> row =
      first_row(impl_->database().query("SELECT count(*), coalesce(sum(bytes), 0) FROM images"),
                [](const Query& query) {
                  return StorageUse{.images = query.integer(0), .image_bytes = query.integer(1)};
                });
  if (!row) return std::unexpected(row.error());
  return row->value_or(StorageUse());
}

}  // namespace godwit::imagegen
