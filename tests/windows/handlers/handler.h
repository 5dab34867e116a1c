// A synchronization handler as somebody would have written it for Windows 2000, to be made worse: a class that does everything
// right, with a hook for each thing a test wants done otherwise. Every call is noted in `calls.txt` of the current directory.
#pragma once

#include <windows.h>
#include <mobsync.h>

// Notes one line. May be called from any thread.
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The items of every handler here: {…-000000000001}, {…-000000000002} and so on.
SYNCMGRITEMID item_id(unsigned number);
// The entries in the log likewise.
SYNCMGRERRORID error_id(unsigned number);

// Fills in an item with a name, checked.
void fill(SYNCMGRITEM *item, unsigned number, const wchar_t *name);

class Handler : public ISyncMgrSynchronize {
public:
    Handler();

    // IUnknown.
    HRESULT WINAPI QueryInterface(REFIID iid, void **object) override;
    ULONG WINAPI AddRef() override;
    ULONG WINAPI Release() override;

    // The ten calls: each is noted and then done by its hook.
    HRESULT WINAPI Initialize(DWORD reserved, DWORD flags, DWORD cookie_size, const BYTE *cookie) override;
    HRESULT WINAPI GetHandlerInfo(LPSYNCMGRHANDLERINFO *info) override;
    HRESULT WINAPI EnumSyncMgrItems(ISyncMgrEnumItems **items) override;
    HRESULT WINAPI GetItemObject(REFSYNCMGRITEMID item, REFIID iid, void **object) override;
    HRESULT WINAPI ShowProperties(HWND parent, REFSYNCMGRITEMID item) override;
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override;
    HRESULT WINAPI PrepareForSync(ULONG count, SYNCMGRITEMID *items, HWND parent, DWORD reserved) override;
    HRESULT WINAPI Synchronize(HWND parent) override;
    HRESULT WINAPI SetItemStatus(REFSYNCMGRITEMID item, DWORD status) override;
    HRESULT WINAPI ShowError(HWND parent, REFSYNCMGRERRORID error) override;

    // One answer of the enumerator; `position` counts the entries given so far. Gives two items.
    virtual HRESULT next(unsigned position, ULONG asked, SYNCMGRITEM *entries, ULONG *fetched);

protected:
    virtual ~Handler();

    virtual HRESULT initialize() { return S_OK; }
    virtual HRESULT info(LPSYNCMGRHANDLERINFO *info);
    virtual HRESULT enumerate(ISyncMgrEnumItems **items);
    virtual HRESULT properties(REFSYNCMGRITEMID) { return E_NOTIMPL; }
    // Completes inside the call.
    virtual HRESULT prepare();
    // Does all items inside the call and completes there.
    virtual HRESULT synchronize();
    virtual HRESULT status(REFSYNCMGRITEMID, DWORD) { return S_OK; }
    virtual HRESULT show(REFSYNCMGRERRORID) { return E_NOTIMPL; }

    // Progress with what the mask names; all other fields are garbage, as handlers leave them.
    HRESULT progress(unsigned item, UINT mask, const wchar_t *text, DWORD status, int value, int max);
    HRESULT final(unsigned item, DWORD status);
    // Notes what was answered.
    void answered(const char *what, HRESULT code);

    ISyncMgrSynchronizeCallback *callback_ = nullptr;
    // The chosen items, by their numbers.
    unsigned chosen_[16] = {};
    unsigned n_chosen_ = 0;

private:
    void on_thread(const char *method);

    LONG references_ = 1;
    DWORD thread_;
};

// An enumerator that asks its handler for each answer. Can do nothing else, like that of the public sample.
class Items : public ISyncMgrEnumItems {
public:
    explicit Items(Handler *handler);

    HRESULT WINAPI QueryInterface(REFIID iid, void **object) override;
    ULONG WINAPI AddRef() override;
    ULONG WINAPI Release() override;
    HRESULT WINAPI Next(ULONG asked, LPSYNCMGRITEM entries, ULONG *fetched) override;
    HRESULT WINAPI Skip(ULONG) override { return E_NOTIMPL; }
    HRESULT WINAPI Reset() override { return E_NOTIMPL; }
    HRESULT WINAPI Clone(ISyncMgrEnumItems **) override { return E_NOTIMPL; }

private:
    virtual ~Items();

    LONG references_ = 1;
    Handler *handler_;
    unsigned position_ = 0;
};

// Has something done by a thread that has entered no apartment, with the callback as it is taken out of a stream there.
typedef void (*Work)(ISyncMgrSynchronizeCallback *callback, void *argument);
void on_worker(ISyncMgrSynchronizeCallback *callback, Work work, void *argument);

// The classes: what a registration calls each, and how it is made.
struct Class {
    const wchar_t *name;
    Handler *(*make)();
    // The apartment it is for; null says nothing about that.
    const wchar_t *threading = L"Apartment";
};

template <class T> Handler *make() { return new T; }

extern const Class behaved[];
extern const unsigned n_behaved;
extern const Class sinners[];
extern const unsigned n_sinners;
extern const Class foreign[];
extern const unsigned n_foreign;
extern const Class further[];
extern const unsigned n_further;
