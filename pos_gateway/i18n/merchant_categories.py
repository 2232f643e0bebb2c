"""Texts for the categories of purchases."""

from __future__ import annotations

from ledger.benefits import Words

CATEGORIES = {
    "beauty-hair": Words("美容美发", "Beauty and hair"),
    "car-care": Words("洗车养车", "Car wash and repair"),
    "domestic-service": Words("家政服务", "Domestic services"),
    "shopping-garden": Words("购物游园", "Shopping and gardens"),
    "cinema": Words("电影", "Cinema"),
    "medical": Words("看病体检", "Medical visits"),
    "restaurant": Words("餐饮", "Restaurants"),
    "groceries": Words("超市便利店", "Groceries"),
    "books": Words("图书文具", "Books and stationery"),
    "fitness": Words("健身运动", "Fitness"),
    "hotel": Words("酒店民宿", "Hotels"),
    "education": Words("教育培训", "Education"),
}
"""Texts by the category id of merchants. The first six are those of Miyun."""


def category_words(category: str) -> Words:
    """Return the texts of a merchant category; those of an unknown one are its id."""
    return CATEGORIES.get(category) or Words(category, category)
