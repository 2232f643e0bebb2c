"""Every building block of the pages, on one page served for this test."""

import pytest
from flask import Response, render_template_string, request
from playwright.sync_api import expect

from tests.support.browser import DESKTOP, PHONE, LiveServer, WatchedBrowser, page_faults

EVERY_PART = """
{% extends "base.html" %}
{% from "macros.html" import back, badge, button, button_link, choices, confirm, empty, facts,
   field, form, list_end, nav, needs_script, note, problem, search, select, steps, table, tick %}
{% block title %}Parts{% endblock %}
{% block area %}desk{% endblock %}
{% block nav %}{{ nav(t('页面', 'Pages'), [('/parts', 'list', t('部件', 'Parts')),
  ('/desk/cards', 'card', t('会员卡', 'Cards')), ('/desk/drops', 'drop', t('抢票', 'Drops')),
  ('/desk/log', 'history', t('记录', 'History')),
  ('/desk/more', 'settings', t('设置', 'Settings'))], many=many) }}{% endblock %}
{% block main %}
{{ back('/', t('返回', 'Back')) }}
<h1>{{ t('部件', 'Parts') }}</h1>
{{ needs_script() }}
{{ problem(t('没有填好', 'Something is missing'), t('请改好再交。', 'Put it right.'),
  [('phone', t('手机号', 'Phone'))]) }}
{{ note(t('已记录', 'Recorded'), 'good') }}
{{ steps(t('步骤', 'Steps'), ['1', '2', '3'], 2) }}
{% call form('mark') %}
{{ field('phone', t('手机号', 'Phone'), type='tel', hint=t('十一位', '11 digits'),
  error=t('少了一位', 'One is missing'), more={'maxlength': 11, 'autocomplete': 'tel'}) }}
{{ field('code', t('验证码', 'Code'), required=False, more={'class': 'big'}) }}
{{ field('note', t('说明', 'Note'), type='textarea') }}
{{ select('kind', t('类型', 'Kind'), [('a', t('打折', 'Percent')), ('b', t('减', 'Off'))], 'b') }}
{{ choices('size', t('大小', 'Size'), [('s', t('小', 'Small')), ('l', t('大', 'Large'))], ['s']) }}
{{ choices('days', t('日子', 'Days'), [('1', t('周一', 'Monday'))], many=True,
  hint=t('可多选', 'Several')) }}
{{ tick('agreed', t('同意', 'I agree')) }}
{{ button(t('提交', 'Send'), drawing='check') }}
{% endcall %}
<div class="buttons">{{ button_link('/', t('取消', 'Cancel')) }}
{{ confirm('stop', t('停用', 'Stop'), t('真的停用？', 'Really stop?'), t('马上失效。', 'At once.'),
  t('停用', 'Stop it'), 'mark', hidden={'card': '1'}) }}</div>
{% call table(t('会员', 'Members'), [t('姓名', 'Name'), t('金额', 'Amount')], 'stack',
  figures=[t('金额', 'Amount')]) %}
<tr><td data-label="{{ t('姓名', 'Name') }}">王*明</td>
<td class="number" data-label="{{ t('金额', 'Amount') }}">{{ 123456|money }}</td></tr>
{% endcall %}
{{ facts([(t('卡号', 'Card'), '00112233445566778899aabb'), (t('省下', 'Saved'), 3000|yuan)]) }}
{% for kind in ('plain', 'good', 'bad', 'wait') %}{{ badge(t('状态', 'State'), kind) }}{% endfor %}
<dl class="figures"><div><dt>{{ t('今天', 'Today') }}</dt><dd>{{ 9900|money }}</dd></div></dl>
<div class="redcard"><p>{{ t('会员卡', 'Card') }}</p><p class="countdown">00:12:03</p></div>
{{ empty(t('还没有票', 'No tickets yet'), t('去看看抢票。', 'See the drops.'), 'ticket') }}
{{ search(t('按名称查找', 'Find by name'), {'next': '/?page=2'}) }}
{{ list_end({'rows': [1], 'first': '/?page=1', 'next': '/?page=3'}, t('票', 'Tickets')) }}
{{ list_end({'rows': [1], 'first': '/?page=1'}, t('票根', 'Stubs')) }}
{{ list_end({'rows': [1]}, t('活动', 'Drops')) }}
<div id="more"><button class="button" hx-get="/parts/more" hx-target="#more">{{ t('更多', 'More') }}
</button></div>
{% endblock %}
{% block scripts %}<script type="module" src="{{ asset('desk.js') }}"></script>{% endblock %}
"""


@pytest.fixture
def parts(live_server: LiveServer) -> None:
    """Serve the page with every building block."""

    def view() -> str:
        return render_template_string(EVERY_PART, many="many" in request.args)

    live_server.flask.add_url_rule("/parts", view_func=view)
    live_server.flask.add_url_rule("/parts/more", view_func=lambda: Response("<p>more of it</p>"))


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/parts", "/parts?many=1"])
def test_every_part_is_accessible(browser: WatchedBrowser, path: str, language: str) -> None:
    looking = browser.context(PHONE, language=language)

    found = page_faults(looking, path)

    assert not found, "\n".join(found)


@pytest.mark.usefixtures("parts")
def test_a_dialog_asks_for_confirmation(browser: WatchedBrowser) -> None:
    page = browser.phone(language="en")
    page.goto("/parts")

    page.get_by_role("button", name="Stop", exact=True).click()
    asked = page.get_by_role("dialog", name="Really stop?")
    expect(asked).to_be_visible()
    asked.get_by_role("button", name="No, go back").click()

    expect(asked).to_be_hidden()


@pytest.mark.usefixtures("parts")
def test_a_dialog_needs_no_script(browser: WatchedBrowser) -> None:
    page = browser.context(DESKTOP, language="en", java_script_enabled=False).new_page()
    page.goto("/parts")

    page.get_by_role("button", name="Stop", exact=True).click()

    expect(page.get_by_role("dialog", name="Really stop?")).to_be_visible()


@pytest.mark.usefixtures("parts")
def test_a_part_of_a_page_is_fetched_within_the_content_policy(browser: WatchedBrowser) -> None:
    page = browser.desktop(language="en")
    page.goto("/parts")

    page.get_by_role("button", name="More").click()

    expect(page.get_by_text("more of it")).to_be_visible()


@pytest.mark.usefixtures("parts")
def test_every_control_is_as_high_as_a_thumb(browser: WatchedBrowser) -> None:
    page = browser.phone(language="en")
    page.goto("/parts")

    low = page.evaluate(
        "() => [...document.querySelectorAll('a, button, input, select, textarea, label.choice')]"
        ".filter(one => !one.closest('dialog, .skip, .choice > *') && one.type !== 'hidden')"
        ".filter(one => !one.closest('.notice') && one.getBoundingClientRect().height < 47.5)"
        ".filter(one => !one.matches('.choice input, .skip'))"
        ".map(one => one.outerHTML)"
    )

    assert low == []
