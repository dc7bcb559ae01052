"""Strings that tokenizers disagree about."""

STRINGS = (
  # Words, contractions, digits, case.
  'a photo of a cat',
  'Screenshot of the Calculator app on Android',
  "it's don't we're I've I'm you'll he'd O'Neill's rock'n'roll",
  "IT'S DON'T WE'RE I'VE I'M YOU'LL HE'D",
  'it’s don’t ‘quoted’ “double” ´acute´ `grave`',
  '2024 3.14159 1,000,000 007 ½ ² ③ Ⅳ ٣ 四',
  'mp3player 4x4 covid19 a1b2c3 v1.2.3-rc4',
  'CamelCase snake_case kebab-case SCREAMING_CASE x_y',
  'supercalifragilisticexpialidocious antidisestablishmentarianism',
  'pneumonoultramicroscopicsilicovolcanoconiosis' * 2,
  'a' * 200,
  # Whitespace and nothing.
  '',
  ' ',
  '\n\t \r\n',
  '  leading, inner   and trailing  ',
  'line one\nline two\r\nline three\ttab\x0bvertical\x0cform',
  'no\u00a0break\u2003em\u2009thin\u200bzero\u3000ideographic\u2028line',
  # Punctuation and symbols.
  '!!! ??? ... ,,, ;;; ::: --- ___ *** ### @@@ $$$ %%% ^^^ &&&',
  'hello,world!how?are.you;fine:thanks',
  '"quoted" (parens) [brackets] {braces} <angles> |pipes| \\back\\ /slash/',
  "'s 't 're ''s '''",
  '$5.99 €10 £3 ¥100 50% 20°C 5×3÷2 ±1 a²+b²=c² √2 ∑ ∫ ∞ ≠ ≤',
  'user@example.com https://example.com/path?q=1&r=2#top',
  '#hashtag @mention ~/file.txt C:\\dir C++ C# .NET',
  '— – ‐ … • · ° © ® ™ § ¶ † ‡',
  # HTML.
  'Tom &amp; Jerry &lt;b&gt;bold&lt;/b&gt; &quot;x&quot; &#39;y&#39;',
  '&amp;lt; twice &amp;amp; escaped &nbsp; &copy; &eacute; &#233;',
  '<b>not</b> <br/> escaped & alone &; &notanentity;',
  # Letters of other languages, composed and not.
  'Café naïve résumé Ångström Ünïcödé façade piñata',
  'Cafe\u0301 nai\u0308ve A\u030angstro\u0308m \u212b \u00c5 ﬁn ﬂow ﬀ',
  'a\u0301\u0302\u0303\u0304\u0305 combining z\u0351\u036b\u0343a\u0316l\u034e',
  'straße STRASSE ẞ İstanbul ISTANBUL ıspanak ς Σ ΟΔΟΣ',
  'Привет мир, как дела? Ёлка Щука',
  'Ελληνικά αλφάβητο Ωμέγα',
  'ВЕЛИКИЙ ΜΕΓΑΣ Ærø Œuvre ÞÓRR ÇA ÑANDÚ',
  '一只猫的照片 漢字 简体 繁體',
  '猫の写真 カタカナ ﾊﾝｶｸ ひらがな ー',
  '고양이 사진 한국어 \u1100\u1161\u11a8',
  'صورة قطة العربية مَرْحَبًا ١٢٣',
  'תמונה של חתול שָׁלוֹם',
  'बिल्ली की तस्वीर हिन्दी ক্ষ தமிழ் ไทย ភាសា မြန်မာ',
  'mixed English和中文 и русский و عربي',
  '\u202bright to left\u202c \u200eleft\u200f',
  # Emoji: skin tones, joiners, flags, keycaps, variation selectors.
  '😀😂🤣 🐱‍👤 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇯🇵 1️⃣ ❤️ ❤ ☺︎ 🫠',
  'cat🐈dog🐕 a😀b',
  'ASCII :) :-( ;-) <3 ¯\\_(ツ)_/¯ ᕕ( ᐛ )ᕗ',
  # Full width, mathematical, beyond the basic plane.
  'ＦＵＬＬ　ｗｉｄｔｈ　１２３',
  '𝓢𝓬𝓻𝓲𝓹𝓽 𝔻𝕠𝕦𝕓𝕝𝕖 𝟙𝟚𝟛 𐍈 𝄞 𠮷',
  # Control characters, what is no character, and broken encodings.
  'bell\x07 escape\x1b[0m null\x00 delete\x7f c1\x85 soft\u00adhyphen',
  'replacement\ufffd bom\ufeff private\ue000 \uffff \U0010ffff',
  'mojibake: cafÃ© â€œquotedâ€\x9d â€” naÃ¯ve',
  # Ends and what looks like them.
  '<|endoftext|>',
  'before <|startoftext|> between <|endoftext|> after',
  '<start_of_text> <end_of_text> <pad> <unk> [CLS] [SEP] </s> </w>',
  # At and over the context of 77.
  ' '.join(['cat'] * 75),
  ' '.join(['cat'] * 76),
  ' '.join(['cat'] * 200),
  'word ' * 74 + 'end 😀',
  # Prompts.
  'Open the Calendar app',
  'go near a green roll',
  'put a table lamp next to a plane',
)
