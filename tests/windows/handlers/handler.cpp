#include <windows.h>
// The ids of the header are defined in this file.
#include <initguid.h>

#include "handler.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void note(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || length > (int)sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    // Appending in one write keeps the lines of several threads apart.
    HANDLE file = CreateFileW(L"calls.txt", FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_ALWAYS,
                              FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE)
        return;
    DWORD written;
    WriteFile(file, line, length, &written, nullptr);
    CloseHandle(file);
}

static GUID numbered(unsigned first, unsigned number)
{
    GUID id = {first, 0x5ca1, 0x4ab1, {0xe0, 0, 0, 0, 0, 0, 0, (BYTE)number}};
    return id;
}

SYNCMGRITEMID item_id(unsigned number) { return numbered(0x17e00000, number); }
SYNCMGRERRORID error_id(unsigned number) { return numbered(0xe4400000, number); }

static unsigned number_of(REFGUID id) { return id.Data4[7]; }

void fill(SYNCMGRITEM *item, unsigned number, const wchar_t *name)
{
    // What is not meant is garbage.
    memset(item, 0xcd, sizeof *item);
    item->cbSize = sizeof *item;
    item->dwFlags = 0;
    item->ItemID = item_id(number);
    item->dwItemState = SYNCMGRITEMSTATE_CHECKED;
    item->hIcon = nullptr;
    lstrcpynW(item->wszItemName, name, MAX_SYNCMGRITEMNAME);
}

Handler::Handler() : thread_(GetCurrentThreadId()) { note("made"); }

Handler::~Handler() { note("gone"); }

HRESULT Handler::QueryInterface(REFIID iid, void **object)
{
    if (IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_ISyncMgrSynchronize)) {
        *object = static_cast<ISyncMgrSynchronize *>(this);
        AddRef();
        return S_OK;
    }
    *object = nullptr;
    return E_NOINTERFACE;
}

ULONG Handler::AddRef() { return InterlockedIncrement(&references_); }

ULONG Handler::Release()
{
    LONG left = InterlockedDecrement(&references_);
    if (left == 0)
        delete this;
    return left;
}

void Handler::on_thread(const char *method)
{
    if (GetCurrentThreadId() != thread_)
        note("%s came from another thread", method);
}

void Handler::answered(const char *what, HRESULT code) { note("%s: 0x%08lx", what, (unsigned long)code); }

HRESULT Handler::Initialize(DWORD reserved, DWORD flags, DWORD cookie_size, const BYTE *cookie)
{
    on_thread("Initialize");
    char hex[65] = "null";
    for (DWORD at = 0; cookie && at < cookie_size && at < 32; at++)
        snprintf(hex + 2 * at, 3, "%02x", cookie[at]);
    note("Initialize %lu 0x%lx %lu %s", reserved, flags, cookie_size, hex);
    return initialize();
}

HRESULT Handler::GetHandlerInfo(LPSYNCMGRHANDLERINFO *given)
{
    on_thread("GetHandlerInfo");
    note("GetHandlerInfo");
    return info(given);
}

HRESULT Handler::info(LPSYNCMGRHANDLERINFO *given)
{
    auto *info = static_cast<SYNCMGRHANDLERINFO *>(CoTaskMemAlloc(sizeof(SYNCMGRHANDLERINFO)));
    if (!info)
        return E_OUTOFMEMORY;
    memset(info, 0, sizeof *info);
    info->cbSize = sizeof *info;
    // A shared icon, which nobody may destroy.
    info->hIcon = LoadIconW(nullptr, (LPCWSTR)IDI_APPLICATION);
    lstrcpynW(info->wszHandlerName, L"a class", MAX_SYNCMGRHANDLERNAME);
    *given = info;
    return S_OK;
}

HRESULT Handler::EnumSyncMgrItems(ISyncMgrEnumItems **items)
{
    on_thread("EnumSyncMgrItems");
    note("EnumSyncMgrItems");
    return enumerate(items);
}

HRESULT Handler::enumerate(ISyncMgrEnumItems **items)
{
    *items = new Items(this);
    return S_OK;
}

HRESULT Handler::next(unsigned position, ULONG, SYNCMGRITEM *entries, ULONG *fetched)
{
    static const wchar_t *const names[] = {L"first", L"second"};
    if (position >= 2)
        return S_FALSE;
    fill(entries, position + 1, names[position]);
    *fetched = 1;
    return S_OK;
}

HRESULT Handler::GetItemObject(REFSYNCMGRITEMID, REFIID, void **)
{
    note("GetItemObject");
    return E_NOTIMPL;
}

HRESULT Handler::ShowProperties(HWND parent, REFSYNCMGRITEMID item)
{
    on_thread("ShowProperties");
    note("ShowProperties %s %u", parent ? "parent" : "null", number_of(item));
    return properties(item);
}

HRESULT Handler::SetProgressCallback(ISyncMgrSynchronizeCallback *callback)
{
    on_thread("SetProgressCallback");
    note("SetProgressCallback %s", callback ? "given" : "null");
    if (callback)
        callback->AddRef();
    if (callback_)
        callback_->Release();
    callback_ = callback;
    return S_OK;
}

HRESULT Handler::PrepareForSync(ULONG count, SYNCMGRITEMID *items, HWND parent, DWORD reserved)
{
    on_thread("PrepareForSync");
    char numbers[64] = "";
    n_chosen_ = 0;
    for (ULONG at = 0; at < count && at < 16; at++) {
        chosen_[n_chosen_++] = number_of(items[at]);
        snprintf(numbers + strlen(numbers), 8, " %u", number_of(items[at]));
    }
    note("PrepareForSync %lu%s %s %lu", count, numbers, parent ? "parent" : "null", reserved);
    HRESULT code = prepare();
    note("PrepareForSync returns");
    return code;
}

HRESULT Handler::prepare()
{
    callback_->PrepareForSyncCompleted(S_OK);
    return S_OK;
}

HRESULT Handler::Synchronize(HWND parent)
{
    on_thread("Synchronize");
    note("Synchronize %s", parent ? "parent" : "null");
    HRESULT code = synchronize();
    note("Synchronize returns");
    return code;
}

HRESULT Handler::synchronize()
{
    for (unsigned at = 0; at < n_chosen_; at++) {
        HRESULT code = progress(chosen_[at], SYNCMGRPROGRESSITEM_STATUSTYPE, nullptr, SYNCMGRSTATUS_UPDATING, 0, 0);
        DWORD end = SYNCMGRSTATUS_SUCCEEDED;
        if (code == S_SYNCMGR_CANCELITEM)
            end = SYNCMGRSTATUS_SKIPPED;
        else if (code == S_SYNCMGR_CANCELALL)
            end = SYNCMGRSTATUS_STOPPED;
        final(chosen_[at], end);
    }
    callback_->SynchronizeCompleted(S_OK);
    return S_OK;
}

HRESULT Handler::SetItemStatus(REFSYNCMGRITEMID item, DWORD code)
{
    on_thread("SetItemStatus");
    note("SetItemStatus %u %lu", number_of(item), code);
    return status(item, code);
}

HRESULT Handler::ShowError(HWND parent, REFSYNCMGRERRORID error)
{
    on_thread("ShowError");
    note("ShowError %s %u", parent ? "parent" : "null", number_of(error));
    return show(error);
}

HRESULT Handler::progress(unsigned item, UINT mask, const wchar_t *text, DWORD status, int value, int max)
{
    SYNCMGRPROGRESSITEM report;
    memset(&report, 0xcd, sizeof report);
    report.cbSize = sizeof report;
    report.mask = mask;
    if (mask & SYNCMGRPROGRESSITEM_STATUSTEXT)
        report.lpcStatusText = text;
    if (mask & SYNCMGRPROGRESSITEM_STATUSTYPE)
        report.dwStatusType = status;
    if (mask & SYNCMGRPROGRESSITEM_PROGVALUE)
        report.iProgValue = value;
    if (mask & SYNCMGRPROGRESSITEM_MAXVALUE)
        report.iMaxValue = max;
    SYNCMGRITEMID id = item_id(item);
    return callback_->Progress(id, &report);
}

HRESULT Handler::final(unsigned item, DWORD status)
{
    return progress(item, SYNCMGRPROGRESSITEM_STATUSTYPE, nullptr, status, 0, 0);
}

Items::Items(Handler *handler) : handler_(handler) { handler_->AddRef(); }

Items::~Items() { handler_->Release(); }

HRESULT Items::QueryInterface(REFIID iid, void **object)
{
    if (IsEqualIID(iid, IID_IUnknown) || IsEqualIID(iid, IID_ISyncMgrEnumItems)) {
        *object = static_cast<ISyncMgrEnumItems *>(this);
        AddRef();
        return S_OK;
    }
    *object = nullptr;
    return E_NOINTERFACE;
}

ULONG Items::AddRef() { return InterlockedIncrement(&references_); }

ULONG Items::Release()
{
    LONG left = InterlockedDecrement(&references_);
    if (left == 0)
        delete this;
    return left;
}

HRESULT Items::Next(ULONG asked, LPSYNCMGRITEM entries, ULONG *fetched)
{
    HRESULT code = handler_->next(position_, asked, entries, fetched);
    position_ += *fetched;
    return code;
}

namespace {

struct Order {
    IStream *stream;
    Work work;
    void *argument;
};

DWORD WINAPI run(void *pointer)
{
    Order *order = static_cast<Order *>(pointer);
    ISyncMgrSynchronizeCallback *callback = nullptr;
    // No CoInitialize on this thread, as handlers of the time do without.
    HRESULT code = CoGetInterfaceAndReleaseStream(order->stream, IID_ISyncMgrSynchronizeCallback, (void **)&callback);
    if (FAILED(code)) {
        note("the worker got no callback: 0x%08lx", (unsigned long)code);
    } else {
        order->work(callback, order->argument);
        callback->Release();
    }
    delete order;
    return 0;
}

} // namespace

void on_worker(ISyncMgrSynchronizeCallback *callback, Work work, void *argument)
{
    Order *order = new Order{nullptr, work, argument};
    HRESULT code = CoMarshalInterThreadInterfaceInStream(IID_ISyncMgrSynchronizeCallback, callback, &order->stream);
    if (FAILED(code)) {
        note("the callback was not marshalled: 0x%08lx", (unsigned long)code);
        return;
    }
    DWORD id;
    CloseHandle(CreateThread(nullptr, 0, run, order, 0, &id));
}
