/* The parts that need no model: JSON, probabilities, the log-mel spectrogram. */
#include "harness.h"

#include "../src/json.h"
#include "../src/mel.h"
#include "../src/sampling.h"

#include <algorithm>
#include <cmath>
#include <map>

TEST("json: escapes, numbers, and bytes that are no UTF-8") {
  vb::Json json;
  json.object().key("a\"b").text("line\n\t\\ \x01 \xC3\xA9 \xFF \xED\xA0\x80 end").key("n").array().number(0.1).number(NAN).number(1e300 * 10);
  json.integer(-7).boolean(true).end_array().key("o").object().end_object().end_object();
  CHECK_EQUAL(json.str(), "{\"a\\\"b\":\"line\\u000a\\u0009\\\\ \\u0001 \xC3\xA9 \xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD end\","
                          "\"n\":[0.1,null,1e+301,-7,true],\"o\":{}}");
}

TEST("utf-8: whole, cut, overlong, surrogates, beyond the last plane") {
  CHECK(vb::is_utf8("plain \xE2\x82\xAC \xF0\x9F\x8E\xA4"));
  for (const char *bad : {"\xE2\x82", "\xC0\x80", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xFF"}) CHECK(!vb::is_utf8(bad));
}

TEST("probabilities: sums over a vocabulary agree with double precision") {
  std::mt19937 random(3);
  std::vector<float> row(51865);
  for (float &x : row) x = static_cast<float>(random() / 4294967296.0 * 40 - 20);
  for (size_t i = 0; i < row.size(); i += 7) row[i] = -INFINITY;
  double sum = 0;
  for (const float x : row) sum += std::exp(static_cast<double>(x));
  CHECK(std::fabs(vb::log_sum_exp(row.data(), row.size()) - std::log(sum)) < 1e-5);
  CHECK(std::fabs(vb::log_sum_exp(row.data(), 5) - std::log(std::exp((double)row[1]) + std::exp((double)row[2]) + std::exp((double)row[3]) +
                                                            std::exp((double)row[4]))) < 1e-5);

  const vb::Choice best = vb::choose_best(row.data(), row.size());
  const auto top = vb::choose_top(row.data(), row.size(), 6);
  CHECK_EQUAL(top.size(), size_t{6});
  CHECK_EQUAL(top[0].token, best.token);
  CHECK(std::fabs(top[0].log_probability - best.log_probability) < 1e-5);
  std::vector<float> sorted = row;
  std::sort(sorted.rbegin(), sorted.rend());
  for (size_t i = 0; i < top.size(); i++) CHECK_EQUAL(row[static_cast<size_t>(top[i].token)], sorted[i]);
}

TEST("probabilities: nothing allowed, and no numbers") {
  std::vector<float> row(100, -INFINITY);
  CHECK_EQUAL(vb::log_sum_exp(row.data(), row.size()), -INFINITY);
  CHECK(!std::isfinite(vb::choose_best(row.data(), row.size()).log_probability));
  row[50] = NAN;
  CHECK(std::isnan(vb::log_sum_exp(row.data(), row.size())));
  std::fill(row.begin(), row.end(), NAN);
  CHECK(!std::isfinite(vb::choose_best(row.data(), row.size()).log_probability));
  CHECK(vb::choose_top(row.data(), row.size(), 3).empty());
}

TEST("drawing: as often as likely, and the same for the same seed") {
  std::vector<float> row(1000, -INFINITY);
  row[10] = std::log(0.5f);
  row[500] = std::log(0.3f);
  row[999] = std::log(0.2f);
  std::mt19937 random(1), again(1);
  std::map<int32_t, int> drawn;
  for (int i = 0; i < 10000; i++) {
    const vb::Choice choice = vb::choose_random(row.data(), row.size(), 1.0f, random);
    CHECK_EQUAL(vb::choose_random(row.data(), row.size(), 1.0f, again).token, choice.token);
    drawn[choice.token]++;
    CHECK(std::fabs(choice.log_probability - row[static_cast<size_t>(choice.token)]) < 1e-4);
  }
  CHECK_EQUAL(drawn.size(), size_t{3});
  CHECK(std::abs(drawn[10] - 5000) < 200 && std::abs(drawn[500] - 3000) < 200 && std::abs(drawn[999] - 2000) < 200);
}

TEST("entropy: a loop has little, a text has much, only the last 32 count") {
  std::vector<int32_t> text(200);
  for (size_t i = 0; i < text.size(); i++) text[i] = static_cast<int32_t>(i);
  CHECK(std::fabs(vb::entropy_of(text) - std::log(32.0)) < 1e-9);
  for (size_t i = 168; i < text.size(); i++) text[i] = static_cast<int32_t>(i % 2);
  CHECK(std::fabs(vb::entropy_of(text) - std::log(2.0)) < 1e-9);
  CHECK_EQUAL(vb::entropy_of({}), 0.0);
}

namespace {

/* The spectrogram straight from its definition, in double precision. */
std::vector<double> plain_log_mel(const std::vector<float> &pcm, const std::vector<float> &filters, int bands, int frames) {
  std::vector<double> mel(static_cast<size_t>(bands) * static_cast<size_t>(frames));
  const auto length = static_cast<long>(pcm.size());
  for (int f = 0; f < frames; f++) {
    std::vector<double> power(201);
    for (int k = 0; k <= 200; k++) {
      double re = 0, im = 0;
      for (int i = 0; i < 400; i++) {
        const long at = std::labs(f * 160L - 200 + i);
        const double x = (at < length ? pcm[static_cast<size_t>(at)] : 0.0) * 0.5 * (1 - std::cos(2 * M_PI * i / 400));
        re += x * std::cos(2 * M_PI * k * i / 400);
        im -= x * std::sin(2 * M_PI * k * i / 400);
      }
      power[static_cast<size_t>(k)] = re * re + im * im;
    }
    for (int b = 0; b < bands; b++) {
      double sum = 0;
      for (int k = 0; k <= 200; k++) sum += power[static_cast<size_t>(k)] * filters[static_cast<size_t>(b * 201 + k)];
      mel[static_cast<size_t>(b * frames + f)] = std::log10(std::max(sum, 1e-10));
    }
  }
  const double floor = *std::max_element(mel.begin(), mel.end()) - 8;
  for (double &value : mel) value = (std::max(value, floor) + 4) / 4;
  return mel;
}

} // namespace

TEST("log-mel: agrees with its definition, also for audio of 1, 100 and 5000 samples") {
  const int bands = 12, frames = 40;
  std::vector<float> filters(bands * 201);
  for (int b = 0; b < bands; b++)
    for (int k = b * 16; k < b * 16 + 21 && k < 201; k++) filters[static_cast<size_t>(b * 201 + k)] = 0.02f * static_cast<float>(1 + k % 5);
  for (const size_t length : {size_t{1}, size_t{100}, size_t{5000}, size_t{12345}}) {
    std::vector<float> pcm = test::noise(1.0);
    pcm.resize(length);
    pcm[0] = 0.5f;
    const std::vector<float> mel = vb::log_mel(pcm.data(), pcm.size(), filters, bands, frames);
    const std::vector<double> plain = plain_log_mel(pcm, filters, bands, frames);
    double worst = 0;
    for (size_t i = 0; i < mel.size(); i++) worst = std::max(worst, std::fabs(mel[i] - plain[i]));
    CHECK(worst < 2e-4);
  }
}
